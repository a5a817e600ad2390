// The types of the packed packages with the oldest TypeScript that can read them, every file of them
// checked, and what an editor shows of them.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import ts from "typescript5.0";
import { fileOf, installed, PACKAGES } from "./project.mjs";

const project = installed();

const RESOLVERS = {
  node10: { module: ts.ModuleKind.CommonJS, moduleResolution: ts.ModuleResolutionKind.NodeJs },
  nodenext: { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
  bundler: { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
};

for (const packageName of PACKAGES) {
  const file = join(project, `${packageName}.ts`);
  const text = `
    import { Webhook } from "${packageName}";
    import { diagnose, type FindingCode } from "${packageName}/diagnosis";
    import { webhookHandler } from "${packageName}/fetch";
    import { webhookHandler as inLambda } from "${packageName}/lambda";
    import { webhookHandler as inNext } from "${packageName}/next";
    import { webhookHandler as inNode } from "${packageName}/node-http";
    import { logOutcome, receiver } from "${packageName}/receiving";
    import { event as madeOf, sampleEvent, signedRequest } from "${packageName}/testing";

    const pivotal = new Webhook(process.env.SECRET);
    const pivot = Webhook.pivot(() => process.env.SECRET);
    const event = pivotal.unwrap("", {});
    const task = pivot.unwrap("", {});
    if (event.type === "customer.at_risk") {
      const atRisk = event;
      const customer = event.object;
      const name: string | null | undefined = customer.name;
      const delivery = event.delivery;
    }
    const receive = webhookHandler(pivotal, (received) => {
      if (received.type === "customer.churned") console.log(received.object.id);
    });
    const [finding] = diagnose("", "", {}, { sender: "pivot", maxEventAge: 300 });
    const code: FindingCode | undefined = finding?.code;
    const made = madeOf("customer.at_risk");
    const signed = signedRequest(sampleEvent("customer.at_risk"), "");
    inLambda(pivotal, () => {});
    inNext(pivotal, () => {});
    inNode(pivotal, () => {});
    receiver(pivotal, () => {}, { onOutcome: logOutcome });`;
  writeFileSync(file, text);

  describe(`the types of ${packageName}`, () => {
    for (const [name, resolver] of Object.entries(RESOLVERS)) {
      test(`compile with TypeScript ${ts.version} and ${name}`, () => {
        const program = ts.createProgram([file], optionsOf(resolver));
        const messages = ts
          .getPreEmitDiagnostics(program)
          .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
        assert.deepEqual(messages, []);
      });
    }

    test("are shown by their names", () => {
      const hover = editor(file, text);
      const shown = {
        pivotal: "const pivotal: Webhook<PivotalEvent>",
        event: "const event: PivotalEvent",
        task: "const task: PivotEvent",
        atRisk: "const atRisk: CustomerAtRiskEvent",
        customer: "const customer: Customer",
        delivery: "const delivery: Verified",
        receive: "const receive: (request: Request) => Promise<Response>",
        made: "const made: CustomerAtRiskEvent",
        signed: "const signed: SignedRequest",
      };
      for (const [name, display] of Object.entries(shown)) {
        assert.equal(hover(`const ${name} `, name), display);
      }
      assert.equal(hover("(received)", "received"), "(parameter) received: PivotalEvent");
      assert.equal(
        hover("pivotal.unwrap", "unwrap"),
        "(method) Webhook<PivotalEvent>.unwrap(body: WebhookBody, headers: WebhookHeaders): PivotalEvent",
      );
    });
  });
}

function optionsOf(resolver) {
  return {
    ...resolver,
    strict: true,
    skipLibCheck: false,
    skipDefaultLibCheck: true,
    noEmit: true,
    target: ts.ScriptTarget.ES2022,
    lib: ["lib.es2022.d.ts", "lib.dom.d.ts"],
    types: ["node"],
    typeRoots: [join(fileOf("@types/node", ".."))],
  };
}

/** A function from a piece of the text and a name in it to what an editor shows of that name. */
function editor(file, text) {
  const host = {
    fileExists: ts.sys.fileExists,
    readFile: ts.sys.readFile,
    getCurrentDirectory: () => project,
    getScriptFileNames: () => [file],
    getScriptVersion: () => "1",
    getScriptSnapshot: (path) => {
      const content = ts.sys.readFile(path);
      return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content);
    },
    getCompilationSettings: () => optionsOf(RESOLVERS.nodenext),
    getDefaultLibFileName: ts.getDefaultLibFilePath,
  };
  const service = ts.createLanguageService(host);
  return (piece, name) => {
    const at = text.indexOf(piece) + piece.indexOf(name);
    return ts.displayPartsToString(service.getQuickInfoAtPosition(file, at)?.displayParts);
  };
}
