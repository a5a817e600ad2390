// Checks the types of `/handlers`. Code that must not compile has `@ts-expect-error`. The file is not run.

import type { Request as ExpressRequest, Response as ExpressResponse } from "express";
import { Webhook } from "pivotal-webhooks";
import { webhookHandler as express } from "pivotal-webhooks/express";
import { webhookHandler as fetchHandler } from "pivotal-webhooks/fetch";
import { eventHandlers, isListed } from "pivotal-webhooks/handlers";
import { webhookHandler as hono } from "pivotal-webhooks/hono";
import { webhookHandler as koa } from "pivotal-webhooks/koa";
import { webhookHandler as lambda } from "pivotal-webhooks/lambda";
import { webhookHandler as node } from "pivotal-webhooks/node-http";
import { webhookHandler as fastify } from "pivotal-webhooks/fastify";
import * as wasm from "pivotal-webhooks-wasm/handlers";

const webhook = new Webhook("whsec_x");

const handlers = eventHandlers()
  .on("customer.at_risk", (event) => {
    const score: number | null | undefined = event.object.health_score;
    // @ts-expect-error a misspelt field is unknown
    const misspelt: string = event.object.helth_score;
    return [score, misspelt];
  })
  .on("message_sent", async (event) => {
    const id: null = event.id;
    await Promise.resolve(id);
  })
  .on("brand.new", (event) => event.object, { unlisted: true })
  .onAny((event) => isListed(event));
// @ts-expect-error there is no such type
handlers.on("customer.atrisk", () => {});
const pings: number | undefined = handlers.unhandled.get("webhook.ping");

eventHandlers<[ExpressRequest, ExpressResponse]>().on("customer.at_risk", (_event, request) => {
  const path: string = request.path;
  return path;
});

express(webhook, handlers);
fetchHandler(webhook, handlers);
fetchHandler(Webhook.pivot("whsec_x"), wasm.eventHandlers());
hono(webhook, handlers);
koa(webhook, handlers);
lambda(webhook, handlers);
node(webhook, handlers);
fastify(webhook, handlers);
void pings;
