// Compares Svix's two libraries with this package, and checks every difference that is documented.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, mock, test } from "node:test";
import * as standardwebhooks from "standardwebhooks";
import * as svix from "svix";
import { WORKSPACE } from "../support/files.mjs";
import {
  KEY,
  NOW,
  pivotalHeaders,
  SECRET,
  svixHeaders,
  svixSignature,
} from "../support/sender.mjs";

const OTHER = Buffer.alloc(24, 1);
const RAW = "letters-of-latin-that-are-a-key";

const unbranded = (body, more) =>
  Object.fromEntries(
    Object.entries(svixHeaders({ body, ...more })).map(([name, value]) => [
      name.replace("svix", "webhook"),
      value,
    ]),
  );
const both = (body = "{}", more = {}) => ({
  ...svixHeaders({ body, ...more }),
  ...unbranded(body, more),
});
const signedAs = (signature) => ({
  ...both(),
  "svix-signature": signature,
  "webhook-signature": signature,
});
const at = (timestamp) => ({
  ...both(),
  "svix-timestamp": timestamp,
  "webhook-timestamp": timestamp,
});
const secretOf = (bytes) => `whsec_${Buffer.from(bytes).toString("base64")}`;
const verify = (body, headers) => (open) => open(SECRET).verify(body, headers ?? both(body));
const opens =
  (...given) =>
  (open) =>
    typeof open(...given);
const nested = `{"a":${"[".repeat(127)}${"]".repeat(127)}}`;
const notText = Buffer.from('{"a":"\xff"}', "latin1");
const twice = '{"a":1,"a":2}';
const large = "{}".padEnd(2 ** 20 + 1);

const THEIRS = "WebhookVerificationError";
const [FIRST, SECOND] = [svixSignature(), svixSignature({ key: OTHER })];

/** For each row of docs/javascript.md: the call, and its results here, with svix and with the other. */
const DIFFERENCES = {
  "an empty body": [verify(""), "null", "SyntaxError", "undefined"],
  "a secret shorter than 16 bytes": [opens(secretOf([1, 2, 3])), "secret_weak", '"object"'],
  "a secret of zeros alone": [opens(secretOf(Buffer.alloc(24))), "secret_weak", '"object"'],
  "an empty secret": [opens(""), "secret_empty", "Error"],
  "characters that base64 doesn't have": [
    opens(SECRET.replace("_", "_!!!!")),
    "secret_malformed",
    "Error",
  ],
  "base64 with spare bits set in its last character": [
    opens(secretOf(Buffer.alloc(25, 7)).replace(/w==$/, "x==")),
    "secret_malformed",
    '"object"',
  ],
  "white space around a secret": [opens(` ${SECRET}\n`), '"object"', "Error"],
  "several secrets": [opens([SECRET, secretOf(OTHER)]), '"object"', "Error"],
  "a secret of bytes": [opens(KEY, { format: "raw" }), "TypeError", '"object"'],
  "a raw secret beyond Latin-1": [
    (open) =>
      open("ключ-из-нескольких-слов", { format: "raw" }).sign(
        "msg_1",
        new Date(NOW * 1000),
        "{}",
      ) === utf8(),
    "true",
    "false",
  ],
  "a `Uint8Array` that is no `Buffer`": [
    verify(new TextEncoder().encode("{}"), both()),
    "{}",
    "Error",
  ],
  "a body that a parser has read": [verify({}, both()), "TypeError", "Error"],
  "a body that is not JSON": [verify("id=1"), "payload_malformed", "SyntaxError"],
  "JSON that is no object": [verify("[]"), "payload_malformed", "[]"],
  "a key twice in the outermost object": [verify(twice), "payload_malformed", '{"a":2}'],
  "nesting of more than 127": [verify(nested), "payload_malformed", nested],
  "a signed body that is not UTF-8": [verify(notText), "payload_malformed", THEIRS],
  "a body of more than 1 MiB": [verify(large), "payload_too_large", "{}"],
  "a delivery signed in `pivotal-signature`": [verify("{}", pivotalHeaders()), "{}", THEIRS],
  "a `Headers`": [verify("{}", new Headers(both())), "{}", THEIRS],
  "arrays as values": [
    verify(
      "{}",
      Object.fromEntries(Object.entries(both()).map(([name, value]) => [name, [value]])),
    ),
    "{}",
    "TypeError",
  ],
  "the names `svix-…` alone": [verify("{}", svixHeaders()), "{}", "{}", THEIRS],
  "`svix-…` beside a different `webhook-…`": [
    verify("{}", { ...both(), "webhook-id": "msg_2" }),
    "header_duplicated",
    "{}",
    THEIRS,
  ],
  "one header of `svix-…`, two of `webhook-…`": [
    verify("{}", { ...unbranded("{}"), "webhook-id": undefined, "svix-id": "msg_1" }),
    "header_missing",
    "{}",
    THEIRS,
  ],
  "a timestamp with letters or a fraction behind it": [
    verify("{}", at(`${NOW}.5`)),
    "timestamp_malformed",
    "{}",
  ],
  "an id with a full stop": [verify("{}", both("{}", { id: "a.b" })), "header_malformed", "{}"],
  "signatures joined by a comma without a space": [
    verify("{}", signedAs(`${SECOND},${FIRST}`)),
    "{}",
    THEIRS,
  ],
  "more than 32 signatures": [
    verify("{}", signedAs(`${`${SECOND} `.repeat(32)}${FIRST}`)),
    "too_many_signatures",
    "{}",
  ],
  "Unix seconds": [(open) => open(SECRET).sign("msg_1", NOW, "{}") === FIRST, "true", "TypeError"],
};

function utf8() {
  const key = Buffer.from("ключ-из-нескольких-слов");
  return svixSignature({ key });
}

export function svixSuite({ Webhook }) {
  const libraries = {
    here: (...given) => new Webhook(...given),
    svix: (...given) => new svix.Webhook(...given),
    standardwebhooks: (...given) => new standardwebhooks.Webhook(...given),
  };
  /** Runs it at `NOW`, for which two of them have no option. */
  const outcomeOf = (call) => {
    const clock = mock.method(Date, "now", () => NOW * 1000);
    try {
      const value = call();
      return value === undefined ? "undefined" : JSON.stringify(value);
    } catch (error) {
      return error.code ?? error.name.replace("ExtendableError", "Error");
    } finally {
      clock.mock.restore();
    }
  };

  describe("code that verifies with Svix's libraries", () => {
    for (const [library, open] of Object.entries(libraries)) {
      test(`runs with ${library}`, () => {
        for (const webhook of [open(SECRET), open(SECRET, {}), open(SECRET.slice(6))]) {
          assert.equal(webhook.sign("msg_1", new Date(NOW * 1000 + 999), "{}"), FIRST);
          assert.equal(webhook.sign("msg_1", new Date(NOW * 1000), Buffer.from("{}")), FIRST);
          const verified = (body, headers) => outcomeOf(() => webhook.verify(body, headers));
          assert.equal(verified("{}", both()), "{}");
          assert.equal(verified(Buffer.from("{}"), both()), "{}");
          assert.equal(verified("{}", both("{}", { at: NOW - 300 })), "{}");
          assert.equal(verified("{}", signedAs(`${SECOND} ${FIRST}`)), "{}");
          for (const [body, headers] of [
            ["{} ", both()],
            ["{}", {}],
            ["{}", both("{}", { at: NOW - 301 })],
            ["{}", both("{}", { at: NOW + 301 })],
            ["{}", both("{}", { key: OTHER })],
          ]) {
            assert.throws(() => webhook.verify(body, headers), { name: THEIRS });
          }
        }
        const raw = open(RAW, { format: "raw" });
        const headers = both("{}", { key: Buffer.from(RAW) });
        assert.equal(
          outcomeOf(() => raw.verify("{}", headers)),
          "{}",
        );
        assert.equal(raw.sign("msg_1", new Date(NOW * 1000), "{}"), headers["svix-signature"]);
      });
    }

    test("has one format and one key", () => {
      assert.ok(new Webhook(RAW, { format: "raw", key: "text" }));
      assert.ok(new Webhook(SECRET, { format: undefined, key: "base64" }));
      for (const options of [{ format: "hex" }, { format: "raw", key: "base64" }]) {
        const refusal = { name: "TypeError", message: /^option format / };
        assert.throws(() => new Webhook(RAW, options), refusal);
      }
      assert.throws(
        () => new Webhook(RAW, { format: 7 }),
        /^TypeError: option format is a number; /,
      );
    });
  });

  describe("a difference from Svix's libraries", () => {
    const page = readFileSync(join(WORKSPACE, "docs", "javascript.md"), "utf8");
    const [, part] = page.split("## Coming from Svix\n");
    const rows = [...part.matchAll(/^\| ([^|*]+) \| ([^|]+) \| ([^|]+) \|$/gm)];
    const told = Object.fromEntries(rows.map(([, row, here]) => [row, here]));

    for (const [row, [call, ...outcomes]] of Object.entries(DIFFERENCES)) {
      test(`is documented: ${row}`, () => {
        const [here, other, another = other] = outcomes;
        assert.deepEqual(
          Object.values(libraries).map((open) => outcomeOf(() => call(open))),
          [here, other, another],
        );
        const cell = told[row];
        assert.ok(cell !== undefined, "there is no such row");
        if (here.includes("_") || here === "TypeError")
          assert.ok(cell.includes(`\`${here}\``), cell);
      });
    }

    test("is documented for nothing else", () => {
      // The types show these differences.
      const others = ["", "---", "verifying without parsing", "what is thrown"];
      assert.deepEqual(
        Object.keys(told).filter(
          (row) => !Object.hasOwn(DIFFERENCES, row) && !others.includes(row),
        ),
        [],
      );
    });

    test("is that a signature is checked without parsing, and what is thrown", () => {
      const headers = both("no JSON");
      const facts = outcomeOf(() => libraries.here(SECRET).verifySignature("no JSON", headers).id);
      assert.equal(facts, '"msg_1"');
      const parsing = (open) =>
        outcomeOf(() => open(SECRET).verify("no JSON", headers, { jsonParse: false }));
      assert.equal(parsing(libraries.svix), "SyntaxError");
      assert.equal(parsing(libraries.standardwebhooks), "undefined");
      assert.throws(
        () => libraries.here(SECRET).verify("{}", {}),
        ({ code, help, status }) => code === "header_missing" && help.length > 0 && status === 401,
      );
    });
  });
}
