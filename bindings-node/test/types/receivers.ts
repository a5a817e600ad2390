// Checks the types of handlers and of receivers in each framework. The file is not run.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import express, { type Request as ExpressRequest, type Response as ExpressResponse } from "express";
import Fastify, { type FastifyReply, type FastifyRequest } from "fastify";
import { type Context as HonoContext, Hono } from "hono";
import Koa, { type Context as KoaContext } from "koa";
import { type PivotalEvent, type PivotEvent, Webhook } from "pivotal-webhooks";
import { Diagnosis, diagnose } from "pivotal-webhooks/diagnosis";
import * as onExpress from "pivotal-webhooks/express";
import * as onFastify from "pivotal-webhooks/fastify";
import * as onFetch from "pivotal-webhooks/fetch";
import * as onHono from "pivotal-webhooks/hono";
import * as onKoa from "pivotal-webhooks/koa";
import * as onLambda from "pivotal-webhooks/lambda";
import * as onNext from "pivotal-webhooks/next";
import * as onNodeHttp from "pivotal-webhooks/node-http";
import {
  ANSWERS,
  logOutcome,
  type Outcome,
  receiver,
  type ReceiverOptions,
} from "pivotal-webhooks/receiving";
import * as wasm from "pivotal-webhooks-wasm";
import * as wasmFetch from "pivotal-webhooks-wasm/fetch";

type Same<One, Other> =
  (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false;
const same = <_Yes extends true>(): void => {};

const webhook = new Webhook("whsec_x");
const pivot = Webhook.pivot("whsec_x");

// A diagnosis
const diagnosis = new Diagnosis("whsec_x", { schemes: ["svix"], clock: () => 0 });
new Diagnosis(() => ["whsec_x", undefined], { sender: "pivot", maxEventAge: 60 });
onFetch.webhookHandler(webhook, () => {}, { onFailure: diagnosis });
onFetch.webhookHandler(webhook, () => {}, { onFailure: undefined });
// @ts-expect-error a diagnosis is made of the secret
onFetch.webhookHandler(webhook, () => {}, { onFailure: "diagnose" });
// @ts-expect-error the function is no diagnosis
onFetch.webhookHandler(webhook, () => {}, { onFailure: { diagnose } });
// @ts-expect-error the time comes from the clock
new Diagnosis("whsec_x", { now: 0 });
// @ts-expect-error the schemes are Pivotal's
new Diagnosis("whsec_x", { sender: "pivot", schemes: ["svix"] });

// Express
const app = express();
app.post(
  "/",
  onExpress.webhookHandler(webhook, async (event, request, response) => {
    same<Same<typeof event, PivotalEvent>>();
    same<Same<typeof request, ExpressRequest>>();
    same<Same<typeof response, ExpressResponse>>();
    if (event.type === "customer.at_risk") console.log(event.object.owner_email);
  }),
);
app.post(
  "/pivot",
  onExpress.webhookHandler(pivot, (event) => same<Same<typeof event, PivotEvent>>()),
);
onExpress.webhookHandler(webhook, (event) => {
  // @ts-expect-error there is no such type
  if (event.type === "customer.at-risk") console.log(event);
});
// @ts-expect-error a webhook comes first
onExpress.webhookHandler("whsec_x", () => {});
// @ts-expect-error nothing to hand events to
onExpress.webhookHandler(webhook);
// @ts-expect-error no such option
onExpress.webhookHandler(webhook, () => {}, { onOutcomes: () => {} });

// Fastify
const fastify = Fastify();
fastify.post(
  "/",
  onFastify.webhookHandler(webhook, (event, request, reply) => {
    same<Same<typeof event, PivotalEvent>>();
    same<Same<typeof request, FastifyRequest>>();
    same<Same<typeof reply, FastifyReply>>();
    return { type: event.type };
  }),
);
fastify.route({ method: "POST", url: "/", ...onFastify.webhookHandler(pivot, () => {}) });

// Koa
new Koa().use(
  onKoa.webhookHandler(webhook, (event, context) => {
    same<Same<typeof event, PivotalEvent>>();
    same<Same<typeof context, KoaContext>>();
  }),
);

// Hono
interface Environment {
  Bindings: { DATABASE: string };
}
new Hono<Environment>().post(
  "/",
  onHono.webhookHandler(webhook, (event, context: HonoContext<Environment>) => {
    same<Same<typeof event, PivotalEvent>>();
    return context.text(context.env.DATABASE);
  }),
);
new Hono().post(
  "/",
  onHono.webhookHandler(pivot, (event) => same<Same<typeof event, PivotEvent>>()),
);

// node:http and Next
createServer(
  onNodeHttp.webhookHandler(webhook, (event, request, response) => {
    same<Same<typeof event, PivotalEvent>>();
    const asked: IncomingMessage = request;
    const answer: ServerResponse = response;
    answer.writeHead(202, asked.headers["user-agent"]).end();
  }),
);
interface NextRequest extends IncomingMessage {
  query: { [name: string]: string | string[] };
}
interface NextResponse extends ServerResponse {
  json(body: unknown): void;
}
type NextHandler = (request: NextRequest, response: NextResponse) => unknown;
const page: NextHandler = onNext.webhookHandler(webhook, (event) => console.log(event.id));
const speaking: NextHandler = onNext.webhookHandler(
  webhook,
  (event, request: NextRequest, response: NextResponse) =>
    response.json([event.id, request.query["tenant"]]),
);

// A Request, and what hosts pass beside it
const POST: (request: Request) => Promise<Response> = onFetch.webhookHandler(webhook, (event) => {
  same<Same<typeof event, PivotalEvent>>();
});
const worker: {
  fetch(request: Request, env: { NAME: string }, context: object): Promise<Response>;
} = {
  fetch: onFetch.webhookHandler(webhook, async (event, request, env: { NAME: string }) => {
    same<Same<typeof request, Request>>();
    return Response.json([event.id, env.NAME]);
  }),
};
// @ts-expect-error what is no response is no answer
onFetch.webhookHandler(webhook, () => "ok");
wasmFetch.webhookHandler(new wasm.Webhook("whsec_x"), (event) => {
  same<Same<typeof event, wasm.PivotalEvent>>();
});

// Lambda
const lambda = onLambda.webhookHandler(webhook, (event, request, context) => {
  same<Same<typeof event, PivotalEvent>>();
  same<Same<typeof request, onLambda.LambdaRequest>>();
  same<Same<typeof context, unknown>>();
  if (event.type === "task.completed") return { statusCode: 202, body: "" };
  return;
});
const answered: Promise<onLambda.LambdaResponse> = lambda({ httpMethod: "POST" }, {});
const silent: typeof lambda = onLambda.webhookHandler(webhook, (event) => console.log(event.type));

for (const event of [
  { httpMethod: "POST", multiValueHeaders: { "svix-id": ["msg_1"] }, isBase64Encoded: "true" },
  { method: "POST", headers: { "svix-id": ["msg_1"] }, is_base64_encoded: true, body: "e30" },
]) {
  void lambda(event, {});
}

// The lines that errors and the documentation prescribe
express.json({ verify: onExpress.keepRawBody });
express.urlencoded({ extended: false, verify: onExpress.keepRawBody });
createServer((request, response) => {
  const pieces: Buffer[] = [];
  Object.assign(request, { rawBody: Buffer.concat(pieces) });
  onNodeHttp.webhookHandler(webhook, () => {})(request, response);
});

// Without a framework
const receive = receiver(webhook, (event, tenant: string) => {
  same<Same<typeof event, PivotalEvent>>();
  return tenant.length;
});
const told: Promise<string> = receive({ method: "POST", headers: {}, body: "{}" }, "acme").then(
  ({ answer, outcome, result }) => {
    same<Same<typeof result, number | undefined>>();
    return outcome?.error?.help ?? outcome?.event?.type ?? ANSWERS[answer.status];
  },
);
const options: ReceiverOptions = {
  onOutcome: (outcome) => {
    logOutcome(outcome);
    const { result, code, skew, label }: Outcome = outcome;
    console.log(result, code ?? "", skew ?? 0, label ?? "", outcome.bodyBytes);
  },
};

export { answered, options, page, POST, silent, speaking, told, worker };
