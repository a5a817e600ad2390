// Tests the documented NestJS program with the packed package, compiled with the settings of Nest's own
// template: CommonJS, and a resolver that does not read `exports`.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import ts from "typescript5.0";
import { freezeDate } from "../../../bindings-node/test/support/clock.mjs";
import { blocks } from "../../../bindings-node/test/support/page.mjs";
import { SECRET } from "../../../bindings-node/test/support/sender.mjs";
import { application, delivery, fileOf } from "./project.mjs";

const SETTINGS = {
  module: ts.ModuleKind.CommonJS,
  moduleResolution: ts.ModuleResolutionKind.NodeJs,
  target: ts.ScriptTarget.ES2021,
  declaration: true,
  emitDecoratorMetadata: true,
  experimentalDecorators: true,
  allowSyntheticDefaultImports: true,
  removeComments: true,
  skipLibCheck: true,
  strict: true,
  types: ["node"],
  typeRoots: [join(fileOf("@types/node", ".."))],
};

freezeDate();

test("the program of the documentation compiles as CommonJS with node10, and receives", async (context) => {
  const project = application("nestjs", {
    "package.json": '{ "private": true }',
    "main.ts": blocks.get("NestJS"),
  });
  const program = ts.createProgram([join(project, "main.ts")], SETTINGS);
  const diagnostics = [...ts.getPreEmitDiagnostics(program), ...program.emit().diagnostics];
  assert.deepEqual(
    diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n")),
    [],
  );

  process.env.PIVOTAL_WEBHOOK_SECRET = SECRET;
  context.after(() => delete process.env.PIVOTAL_WEBHOOK_SECRET);
  const log = context.mock.method(console, "log", () => {});
  context.mock.method(console, "info", () => {});
  context.mock.method(console, "warn", () => {});
  const { createApp } = createRequire(join(project, "main.js"))("./main.js");
  const app = await createApp();
  await app.listen(0, "127.0.0.1");
  context.after(() => app.close());

  const { body, headers } = delivery();
  const post = async (sent) => {
    const url = `http://127.0.0.1:${app.getHttpServer().address().port}/webhooks/pivotal`;
    const json = { ...headers, "content-type": "application/json" };
    const response = await fetch(url, { method: "POST", headers: json, body: sent });
    return [response.status, await response.text()];
  };
  assert.deepEqual(await post(body), [200, "ok"]);
  assert.deepEqual(log.mock.calls[0].arguments, ["customer.at_risk", "evt_1"]);
  assert.deepEqual(await post(`${body} `), [401, "invalid signature"]);
});
