// Runs every vector against the installed npm package, then sends a delivery to its receiver for
// `node:http`: `node packaging/receive.mjs` in the folder of a project that has installed the package.
// It prints one line of JSON: the runtime, the backend and the number of vectors.

import { once } from "node:events";
import { writeSync } from "node:fs";
import { createServer, request } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { allCases } from "../bindings-node/test/support/files.mjs";
import { SECRET, svixHeaders, unixNow } from "../bindings-node/test/support/sender.mjs";
import { problemsOf } from "../bindings-node/test/support/vectors.mjs";

const load = createRequire(join(process.cwd(), "package.json"));
const pkg = { ...load("pivotal-webhooks"), ...load("pivotal-webhooks/queue") };
const { webhookHandler } = load("pivotal-webhooks/node-http");

function vectors() {
  const cases = allCases();
  const wrong = cases.filter((testCase) => problemsOf(pkg, testCase).length > 0);
  if (wrong.length > 0) {
    const names = wrong.slice(0, 10).map(({ name }) => name);
    throw new Error(`wrong answers to ${wrong.length} vectors: ${names.join(", ")}`);
  }
  return cases.length;
}

async function deliver() {
  const received = [];
  const handle = (event) => void received.push(event.type);
  const server = createServer(
    webhookHandler(new pkg.Webhook(SECRET), handle, { onOutcome() {} }),
  ).listen(0, "127.0.0.1");
  await once(server, "listening");
  const body = JSON.stringify({ id: "evt_1", type: "customer.at_risk", data: { object: {} } });
  const headers = svixHeaders({ at: unixNow(), body });
  const answers = [
    await post(server.address().port, body, headers),
    await post(server.address().port, "{}", headers),
  ];
  server.close();
  if (`${answers}` !== "200,401" || `${received}` !== "customer.at_risk") {
    throw new Error(`the receiver answered ${answers} and handled ${received}`);
  }
}

async function post(port, body, headers) {
  const sent = request({ host: "127.0.0.1", port, method: "POST", headers, agent: false });
  sent.end(body);
  const [response] = await once(sent, "response");
  response.resume();
  return response.statusCode;
}

const count = vectors();
await deliver();
const runtime = `Node ${process.versions.node}`;
// Under Wine, `console` can't write to a pipe.
writeSync(1, `${JSON.stringify({ runtime, backend: pkg.backend, vectors: count })}\n`);
