import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { describe, test } from "node:test";
import {
  KEY,
  NOW,
  pivotalHeaders,
  pivotHeaders,
  SECRET,
  svixHeaders,
  svixSignature,
} from "../support/sender.mjs";

const BODY = '{"id":"evt_1","type":"customer.at_risk","name":"Zoë · 東京"}';
const EVENT = JSON.parse(BODY);
const EVENT_BODY = '{"id":"evt_1","type":"webhook.ping","data":{}}';

const OPTIONS = [
  "schemes",
  "tolerance",
  "dangerouslyIgnoreTimestamp",
  "maxBody",
  "key",
  "source",
  "format",
  "maxEventAge",
  "clock",
];

const PIVOT_OPTIONS = OPTIONS.filter((name) => name !== "dangerouslyIgnoreTimestamp");
const NO_TIME = `there is no option "dangerouslyIgnoreTimestamp"; there are: ${PIVOT_OPTIONS.join(", ")}`;

export function inputsSuite({ Webhook, WebhookVerificationError }) {
  const webhook = new Webhook(SECRET, { clock: () => NOW });
  const signed = (body) => webhook.verify(body, svixHeaders({ body: Buffer.from(body) }));
  const refused = (code, header) => ({
    name: code === "config_invalid" ? "WebhookConfigurationError" : "WebhookVerificationError",
    code,
    ...(header && { header }),
  });

  describe("headers", () => {
    test("only the beginning of a line that no scheme accepts is read", () => {
      const entries = svixHeaders({ body: Buffer.from(BODY) })["svix-signature"].repeat(2000);
      const headersWith = (tails) =>
        ["svix", "webhook"].flatMap((family, index) => [
          [`${family}-id`, "msg_1"],
          [`${family}-timestamp`, `${NOW}`],
          [`${family}-signature`, entries + tails[index]],
        ]);
      // Families that differ behind the beginning count as equal.
      for (const tails of [
        ["", ""],
        ["a", "b"],
        ["é", "東"],
      ]) {
        assert.throws(
          () => webhook.verifySignature(BODY, headersWith(tails)),
          refused("too_many_signatures", "svix-signature"),
        );
      }
      assert.throws(
        () => webhook.verifySignature(BODY, headersWith(["\ud800", ""])),
        refused("header_malformed", "svix-signature"),
      );
    });

    const good = svixHeaders({ body: BODY });
    const event = (headers) => webhook.verify(BODY, headers);

    test("each value is read once", () => {
      const reads = [];
      const headers = {};
      for (const [name, value] of Object.entries(good)) {
        Object.defineProperty(headers, name, {
          enumerable: true,
          get() {
            reads.push(name);
            return reads.indexOf(name) === reads.length - 1 ? value : "another";
          },
        });
      }
      assert.deepEqual(event(headers), EVENT);
      assert.deepEqual(reads, Object.keys(good));
    });

    test("headers that no scheme reads are not read", () => {
      const headers = Object.defineProperty({ ...good }, "user-agent-hint", {
        enumerable: true,
        get: () => assert.fail("read"),
      });
      assert.deepEqual(event(headers), EVENT);
    });

    test("a Proxy is an object", () => {
      assert.deepEqual(event(new Proxy(good, {})), EVENT);
    });

    test("inherited properties are no headers", () => {
      assert.throws(() => event(Object.create(good)), refused("header_missing", "svix-signature"));
      for (const name of Object.keys(good)) {
        Object.defineProperty(Object.prototype, name, { value: good[name], configurable: true });
      }
      try {
        assert.throws(() => event({}), refused("header_missing", "svix-signature"));
      } finally {
        for (const name of Object.keys(good)) delete Object.prototype[name];
      }
    });

    test("symbols, absent values and null prototypes do no harm", () => {
      const headers = Object.assign(Object.create(null), good, {
        [Symbol("svix-id")]: 1,
        "webhook-id": undefined,
        "pivotal-signature": null,
      });
      assert.deepEqual(event(headers), EVENT);
    });

    test("a value that is not text is a TypeError if a scheme reads it, and ignored if none does", () => {
      for (const [value, kind] of [
        [1, "a number"],
        [true, "a boolean"],
        [{}, "an object"],
        [Buffer.from("msg_1"), "a Uint8Array"],
        [["msg_1", 1], "an array that holds a number"],
        [[["msg_1"]], "an array that holds an array"],
        [1n, "a bigint"],
        [Symbol(), "a symbol"],
        [Promise.resolve("msg_1"), "a Promise"],
      ]) {
        const refusal = {
          name: "TypeError",
          message: `header svix-id is ${kind}; pass its value as a string, or its lines as an array of strings`,
        };
        assert.throws(() => event({ ...good, "svix-id": value }), refusal);
        assert.throws(() => event([["Svix-Id", value], ...Object.entries(good)]), refusal);
        assert.deepEqual(event({ ...good, referer: value, trailer: value }), EVENT);
      }
    });

    test("the lines of an array are its own items, whatever its class claims", () => {
      const { "svix-id": id } = good;
      assert.deepEqual(event({ ...good, "svix-id": liar(id) }), EVENT);
      assert.throws(
        () => event({ ...good, "svix-id": liar(id, id) }),
        refused("header_duplicated", "svix-id"),
      );
    });

    test("an absent line is skipped, in every shape", () => {
      const { "svix-id": id, ...rest } = good;
      for (const absent of [null, undefined]) {
        for (const lines of [
          [id, absent],
          [absent, id],
          [absent, id, absent],
        ]) {
          assert.deepEqual(event({ ...rest, "svix-id": lines }), EVENT);
          assert.deepEqual(event(new Map([...Object.entries(rest), ["svix-id", lines]])), EVENT);
          const pairs = lines.map((line) => ["Svix-Id", line]);
          assert.deepEqual(event([...Object.entries(rest), ...pairs]), EVENT);
          assert.deepEqual(event([...Object.entries(rest), ...pairs].flat()), EVENT);
        }
        for (const none of [absent, [absent], [absent, absent], []]) {
          assert.throws(
            () => event({ ...rest, "svix-id": none }),
            refused("header_missing", "svix-id"),
          );
        }
        assert.throws(
          () => event({ ...rest, "svix-id": [id, absent, id] }),
          refused("header_duplicated", "svix-id"),
        );
      }
    });

    test("a value with a lone surrogate is malformed", () => {
      for (const value of ["msg_\ud800", ["\udc00msg_1"]]) {
        assert.throws(
          () => event({ ...good, "svix-id": value }),
          refused("header_malformed", "svix-id"),
        );
      }
    });

    test("lines are lines in every shape", () => {
      const lines = Object.fromEntries(Object.entries(good).map(([name, text]) => [name, [text]]));
      const raw = Object.entries(good).flat();
      for (const headers of [lines, raw, new Map(Object.entries(lines)), Object.entries(lines)]) {
        assert.deepEqual(event(headers), EVENT);
      }
      const id = good["svix-id"];
      const signature = good["svix-signature"];
      const other = `v1,${"A".repeat(43)}=`;
      const shapesOf = (name, ...values) => {
        const { [name]: _, ...rest } = good;
        const repeated = values.map((value) => [name, value]);
        return [
          { ...rest, [name]: values },
          new Map([...Object.entries(rest), [name, values]]),
          [...Object.entries(rest), ...repeated],
          [...Object.entries(rest), ...repeated].flat(),
        ];
      };
      for (const values of [
        [other, signature],
        [signature, other],
      ]) {
        for (const headers of shapesOf("svix-signature", ...values)) {
          assert.deepEqual(event(headers), EVENT);
        }
      }
      for (const other of [id, "msg_2"]) {
        for (const headers of [
          ...shapesOf("svix-id", id, other),
          { ...good, "Svix-Id": other },
          [...Object.entries(good), ["SVIX-ID", other]],
        ]) {
          assert.throws(() => event(headers), refused("header_duplicated", "svix-id"));
        }
      }
    });

    test("line feeds can't smuggle a header in", () => {
      const { "svix-signature": signature, ...rest } = good;
      for (const smuggled of [
        `x\nsvix-signature\n${signature}`,
        `x\r\nsvix-signature\r\n${signature}`,
      ]) {
        assert.throws(
          () => event({ ...rest, "svix-id": `msg_1\n${smuggled}` }),
          refused("header_missing", "svix-signature"),
        );
        for (let padding = 0; padding < 20; padding += 1) {
          assert.throws(
            () => event({ ...rest, [`${"x".repeat(padding)}\n${smuggled}`]: "x" }),
            refused("header_missing", "svix-signature"),
          );
        }
      }
      assert.throws(
        () => event({ ...good, "svix-timestamp": `${NOW}\n` }),
        refused("timestamp_malformed", "svix-timestamp"),
      );
    });

    test("what is no collection of headers is a TypeError that says so", () => {
      for (const [headers, kind] of [
        [undefined, "undefined"],
        [null, "null"],
        ["svix-id: msg_1", "a string"],
        [7, "a number"],
        [true, "a boolean"],
        [7n, "a bigint"],
        [Symbol(), "a symbol"],
        [() => {}, "a function"],
        [Promise.resolve(good), "a Promise, which has to be awaited"],
        [new Date(), "a Date"],
        [new Blob([]), "a Blob"],
        [
          new Request("http://localhost/", { headers: good }),
          "a Request that has headers itself, in its property `headers`",
        ],
        [
          new Response("", { headers: good }),
          "a Response that has headers itself, in its property `headers`",
        ],
        [
          Object.assign(new IncomingMessage(new Socket()), { headers: good }),
          "an object that has headers itself, in its property `headers`",
        ],
        [
          { body: BODY, headers: good },
          "an object that has headers itself, in its property `headers`",
        ],
        [
          { id: "evt_1", data: {} },
          "an object that holds objects, such as a parsed body or an event",
        ],
        [
          webhook.unwrap(EVENT_BODY, svixHeaders({ body: EVENT_BODY })),
          "an object that holds objects, such as a parsed body or an event",
        ],
      ]) {
        assert.throws(() => event(headers), {
          name: "TypeError",
          message:
            `headers is ${kind}; pass the headers of the request: an object from name to value, ` +
            "a Headers, a Map, or a list of pairs",
        });
      }
      for (const headers of [[["svix-id"]], [[1, "x"]], [null], new Set([1])]) {
        assert.throws(() => event(headers), { name: "TypeError", message: /pairs/ });
      }
      for (const headers of [
        ["svix-id"],
        ["svix-id", "msg_1", "svix-timestamp"],
        ["a", "b", 1, 2],
      ]) {
        assert.throws(() => event(headers), {
          name: "TypeError",
          message: /^headers is a list of texts /,
        });
      }
      for (const headers of [
        {},
        [],
        new Map(),
        { host: "localhost", accept: ["a"] },
        ["host", "x"],
      ]) {
        assert.throws(() => event(headers), refused("header_missing", "svix-signature"));
      }
    });

    test("look-alike names are other headers", () => {
      for (const name of ["\u017fvix-signature", "svix_signature", "svix-signature "]) {
        const { "svix-signature": signature, ...rest } = good;
        assert.throws(
          () => event({ ...rest, [name]: signature }),
          refused("header_missing", "svix-signature"),
        );
      }
      const unbranded = Object.entries(good).map(([name, text]) => [
        name.replace("svix", "webhoo\u212a"),
        text,
      ]);
      assert.throws(() => event(unbranded), refused("header_missing", "svix-signature"));
    });
  });

  describe("bodies", () => {
    test("bytes, views, buffers and strings are one body", () => {
      const bytes = Buffer.from(BODY);
      const padded = Buffer.concat([Buffer.from("ab"), bytes, Buffer.from("c")]);
      const exact = new Uint8Array(bytes).buffer;
      for (const body of [
        BODY,
        bytes,
        padded.subarray(2, -1),
        exact,
        new Uint8Array(exact),
        new Uint8ClampedArray(exact),
        new Int8Array(exact),
        new DataView(exact),
      ]) {
        assert.deepEqual(webhook.verify(body, svixHeaders({ body: bytes })), EVENT);
      }
      const even = Buffer.from('{"a":1} ');
      assert.deepEqual(
        webhook.verify(new Uint16Array(new Uint8Array(even).buffer), svixHeaders({ body: even })),
        { a: 1 },
      );
    });

    test("what an array's class or own properties claim changes no byte", () => {
      const bytes = Buffer.from(BODY);
      const unsigned = Buffer.from('{"id":"evt_2"}');
      const claims = {
        length: 2,
        byteLength: 0,
        byteOffset: 1,
        buffer: unsigned.buffer,
        subarray: () => unsigned,
        slice: () => unsigned,
        set: () => {},
      };
      const own = (view, name) => Object.defineProperty(view, name, { value: claims[name] });
      const inherited = (View, name) => {
        const Liar = class extends View {};
        Object.defineProperty(Liar.prototype, name, {
          get: () => claims[name],
        });
        return Liar;
      };
      for (const name of Object.keys(claims)) {
        for (const View of [Uint8Array, Uint8ClampedArray, Int8Array]) {
          for (const body of [own(new View(bytes), name), inherited(View, name).from(bytes)]) {
            assert.deepEqual(webhook.verify(body, svixHeaders({ body: bytes })), EVENT, name);
            const empty = svixHeaders({ body: "" });
            assert.throws(() => webhook.verify(body, empty), refused("signature_mismatch"));
          }
        }
      }
      const large = Buffer.alloc(900_000, " ");
      large.write(BODY);
      const body = Object.defineProperty(new Uint8Array(large), "length", { value: 1 });
      assert.deepEqual(webhook.verify(body, svixHeaders({ body: large })), EVENT);
    });

    test("an array of another realm is an array", async () => {
      const { runInNewContext } = await import("node:vm");
      const headers = svixHeaders({ body: "{}" });
      for (const source of [
        "new Uint8Array([123, 125])",
        "new Uint8Array([123, 125]).buffer",
        "new DataView(new Uint8Array([123, 125]).buffer)",
      ]) {
        assert.deepEqual(webhook.verify(runInNewContext(source), headers), {});
      }
      assert.deepEqual(webhook.verify("{}", runInNewContext("({ ...headers })", { headers })), {});
    });

    test("shared and resizable memory is copied before it is verified", () => {
      const bytes = Buffer.from(BODY);
      for (const buffer of [
        new SharedArrayBuffer(bytes.length),
        new ArrayBuffer(bytes.length, { maxByteLength: 4096 }),
        new SharedArrayBuffer(bytes.length, { maxByteLength: 4096 }),
      ]) {
        new Uint8Array(buffer).set(bytes);
        for (const body of [buffer, new Uint8Array(buffer), new DataView(buffer)]) {
          assert.deepEqual(webhook.verify(body, svixHeaders({ body: bytes })), EVENT);
        }
      }
    });

    test("detached and out-of-bounds bodies are a TypeError that says so", () => {
      const headers = svixHeaders({ body: "" });
      const detached = (view) => {
        structuredClone(view.buffer ?? view, { transfer: [view.buffer ?? view] });
        return view;
      };
      const shrunk = (make) => {
        const buffer = new ArrayBuffer(8, { maxByteLength: 8 });
        const view = make(buffer);
        buffer.resize(2);
        return view;
      };
      for (const body of [
        detached(new Uint8Array(8)),
        detached(new Uint16Array(8)),
        detached(new DataView(new ArrayBuffer(8))),
        detached(new ArrayBuffer(8)),
        detached(new Uint8Array(0)),
        shrunk((buffer) => new Uint8Array(buffer, 4)),
        shrunk((buffer) => new Uint8Array(buffer, 0, 8)),
        shrunk((buffer) => new DataView(buffer, 0, 8)),
      ]) {
        for (const call of [
          () => webhook.unwrap(body, headers),
          () => webhook.verify(body, headers),
          () => webhook.verifySignature(body, headers),
          () => webhook.sign("msg_1", NOW, body),
        ]) {
          assert.throws(call, { name: "TypeError", message: /^body is detached or out of bounds/ });
        }
      }
    });

    test("what was parsed already is a TypeError that says what to write", () => {
      const parsed = [
        [EVENT, "a parsed object"],
        [[EVENT], "a parsed array"],
        [null, "null"],
        [undefined, "undefined"],
        [7, "a number"],
        [true, "a boolean"],
        [new Request("http://localhost/"), "a Request"],
        [Promise.resolve(BODY), "a Promise"],
        [new Blob([BODY]), "a Blob"],
        [{ type: "Buffer", data: [...Buffer.from(BODY)] }, "a parsed object"],
        [{ [Symbol.toStringTag]: "ArrayBuffer", byteLength: 0 }, "a ArrayBuffer"],
        [Object.create(Uint8Array.prototype), "a parsed object"],
      ];
      for (const [body, what] of parsed) {
        assert.throws(
          () => webhook.verify(body, svixHeaders({ body: BODY })),
          (error) => {
            assert.equal(error.name, "TypeError");
            assert.ok(error.message.startsWith(`body is ${what}; `), error.message);
            assert.ok(error.message.includes('express.raw({ type: "application/json" })'));
            return true;
          },
        );
      }
    });

    test("a string without a UTF-8 encoding was never signed", () => {
      const twins = { body: Buffer.from('{"a":"\ufffd"}') };
      assert.deepEqual(webhook.verify('{"a":"\ufffd"}', svixHeaders(twins)), { a: "\ufffd" });
      for (const body of ['{"a":"\ud800"}', '{"a":"\udc00"}', '{"a":"\udc00\ud800"}']) {
        assert.throws(
          () => webhook.verify(body, svixHeaders(twins)),
          refused("signature_mismatch"),
        );
        assert.throws(() => webhook.sign("msg_1", NOW, body), refused("signature_mismatch"));
      }
    });

    test("a number beyond a double has a reason of its own", () => {
      for (const number of ["1e309", "-1e400"]) {
        assert.throws(() => signed(`{"n":${number}}`), {
          ...refused("payload_malformed"),
          reason: "number_out_of_range",
        });
      }
      assert.equal(signed('{"n":9007199254740993}').n, 2 ** 53);
    });

    test("an empty body is null", () => {
      const headers = svixHeaders({ body: "" });
      for (const body of ["", new Uint8Array(0), new ArrayBuffer(0), Buffer.alloc(0)]) {
        assert.equal(webhook.verify(body, headers), null);
      }
    });

    test("the JSON is parsed from the verified bytes, for any content", () => {
      assert.deepEqual(signed(BODY), EVENT);
      assert.equal(Object.getPrototypeOf(signed('{"__proto__":{"polluted":1}}')), Object.prototype);
      assert.equal({}.polluted, undefined);
      assert.equal(signed('{"n":12345678901234567890}').n, Number(12345678901234567890n));
      assert.ok(Object.is(signed('{"n":-0}').n, -0));
      assert.throws(() => signed("\ufeff{}"), { code: "payload_malformed", reason: "syntax" });
      const written = Buffer.from(BODY);
      const event = webhook.verify(written, svixHeaders({ body: written }));
      written.fill(0);
      assert.deepEqual(event, EVENT);
    });
  });

  describe("secrets", () => {
    const bodyAndHeaders = [BODY, svixHeaders({ body: BODY })];
    const clock = () => NOW;
    const empty = { name: "WebhookConfigurationError", code: "secret_empty", status: 500 };

    test("one, several and labelled ones verify", () => {
      const other = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;
      for (const secret of [SECRET, ` ${SECRET}\n`, [SECRET], [other, SECRET]]) {
        const { label } = new Webhook(secret, { clock }).verifySignature(...bodyAndHeaders);
        assert.equal(label, null);
      }
      const labelled = new Webhook({ old: other, new: SECRET }, { clock });
      assert.equal(labelled.verifySignature(...bodyAndHeaders).label, "new");
      assert.throws(
        () => new Webhook({ old: other }, { clock }).verify(...bodyAndHeaders),
        refused("signature_mismatch", "svix-signature"),
      );
    });

    test("no secret, or an empty one, is refused", () => {
      for (const secret of [
        undefined,
        null,
        "",
        "whsec_",
        " ",
        [],
        {},
        [undefined],
        [undefined, null],
        { old: undefined, new: null },
        [SECRET, ""],
        { old: "", new: SECRET },
      ]) {
        assert.throws(() => new Webhook(secret), empty);
        assert.throws(() => Webhook.pivot(secret), empty);
      }
      assert.throws(() => new Webhook(), empty);
      assert.throws(() => new Webhook([SECRET, ""]), { message: /secret 2/ });
    });

    test("absent entries are skipped while one secret is there", () => {
      for (const [secret, label] of [
        [[undefined, SECRET], null],
        [[SECRET, null, undefined], null],
        [Object.assign(Array(3), { 2: SECRET }), null],
        [{ old: undefined, new: SECRET }, "new"],
        [{ new: SECRET, old: null }, "new"],
        [() => [undefined, SECRET], null],
      ]) {
        const rotating = new Webhook(secret, { clock });
        assert.deepEqual(rotating.verify(...bodyAndHeaders), EVENT);
        assert.equal(rotating.verifySignature(...bodyAndHeaders).label, label);
      }
    });

    test("what is not text is a TypeError that does not show it", () => {
      for (const [secret, kind] of [
        [7, "a number"],
        [KEY, "a Uint8Array"],
        [new Map([["a", SECRET]]), "a Map"],
        [Promise.resolve(SECRET), "a Promise"],
        [Symbol(), "a symbol"],
      ]) {
        const refusal = (which) => ({
          name: "TypeError",
          message: new RegExp(`^${which} is ${kind}; pass the signing secret as`),
        });
        assert.throws(() => new Webhook(secret), refusal("the secret"));
        assert.throws(() => new Webhook([SECRET, secret]), refusal("secret 2"));
        assert.throws(() => new Webhook({ a: secret }), refusal("secret 1"));
        const late = new Webhook(() => secret, { clock });
        assert.throws(() => late.verify(...bodyAndHeaders), refusal("the secret"));
      }
      assert.throws(() => new Webhook([() => SECRET]), { message: /^secret 1 is a function; / });
    });

    test("a label that has no UTF-8 is refused", () => {
      for (const label of ["\ud800", "old\udfff"]) {
        assert.throws(() => new Webhook({ [label]: SECRET }), refused("config_invalid"));
      }
    });

    describe("from a function", () => {
      const verbs = {
        unwrap: (made) => made.unwrap(EVENT_BODY, svixHeaders({ body: EVENT_BODY })),
        verify: (made) => made.verify(...bodyAndHeaders),
        verifySignature: (made) => made.verifySignature(...bodyAndHeaders),
        sign: (made) => made.sign("msg_1", NOW, BODY),
      };

      test("are read once, at the first use", () => {
        for (const [name, use] of Object.entries(verbs)) {
          for (const [value, label] of [
            [SECRET, null],
            [[undefined, SECRET], null],
            [{ now: SECRET }, "now"],
          ]) {
            let reads = 0;
            const made = new Webhook(
              function (...given) {
                assert.deepEqual([this, ...given], [undefined]);
                reads += 1;
                return value;
              },
              { clock },
            );
            assert.deepEqual(
              [made.maxBody, `${made}`, JSON.stringify(made)],
              [2 ** 20, "<Webhook schemes=svix,pivotal>", '{"schemes":["svix","pivotal"]}'],
            );
            assert.equal(reads, 0, name);
            assert.deepEqual(use(made), use(new Webhook(value, { clock })));
            assert.equal(made.verifySignature(...bodyAndHeaders).label, label);
            assert.equal(reads, 1);
          }
        }
        const pivot = Webhook.pivot(() => SECRET);
        assert.deepEqual(pivot.verify(BODY, pivotHeaders({ body: BODY })), EVENT);
      });

      test("are refused at the first use, and asked for again at the next", () => {
        for (const use of Object.values(verbs)) {
          for (const [value, code] of [
            [undefined, "secret_empty"],
            ["", "secret_empty"],
            [[], "secret_empty"],
            [SECRET.replace("_", "_!!!!"), "secret_malformed"],
            ["whsec_AAAA", "secret_weak"],
            [
              Array(9)
                .fill(SECRET)
                .map((text, at) => `${text.slice(0, -1)}${at}`),
              "config_invalid",
            ],
          ]) {
            let secret = value;
            const made = new Webhook(() => secret, { clock });
            let refusal;
            try {
              new Webhook(value, { clock });
            } catch (error) {
              refusal = error;
            }
            assert.equal(refusal.code, code);
            const { message, help } = refusal;
            for (let call = 0; call < 2; call += 1) {
              assert.throws(() => use(made), {
                name: "WebhookConfigurationError",
                code,
                message,
                help,
              });
            }
            secret = SECRET;
            assert.ok(use(made));
          }
        }
      });

      test("are no excuse for wrong options", () => {
        const read = () => assert.fail("read");
        assert.throws(() => new Webhook(read, { tolerance: -1 }), refused("config_invalid"));
        assert.throws(() => new Webhook(read, { maxEventAge: 1 }), refused("config_invalid"));
        assert.throws(() => new Webhook(read, { tolerence: 1 }), TypeError);
        assert.throws(() => Webhook.pivot(read, { maxEventAge: 0 }), refused("config_invalid"));
        const { maxBody } = new Webhook(read, { maxBody: 7, schemes: ["pivotal"], key: "text" });
        assert.equal(maxBody, 7);
      });

      test("may not be promised", () => {
        const asked = { name: "TypeError", message: /^the secret is an async function; / };
        assert.throws(() => new Webhook(async () => SECRET), asked);
        const promised = new Webhook(() => Promise.resolve(SECRET), { clock });
        assert.throws(() => verbs.verify(promised), { message: /^the secret is a Promise; / });
        for (const [inner, kind] of [
          [() => SECRET, "a function"],
          [async () => SECRET, "an async function"],
        ]) {
          const nested = new Webhook(() => inner, { clock });
          const message = new RegExp(`returned is ${kind}; `);
          assert.throws(() => verbs.verify(nested), { name: "TypeError", message });
        }
      });

      test("throw what they throw, and never see a half-read delivery", () => {
        const fault = new Error("no vault today");
        const throwing = new Webhook(() => {
          throw fault;
        });
        assert.throws(
          () => verbs.verify(throwing),
          (error) => error === fault,
        );
        const bytes = new Uint8Array(Buffer.from(BODY));
        const meddling = new Webhook(
          () => {
            bytes.fill(0);
            new Webhook(SECRET, { clock }).verify(...bodyAndHeaders);
            return SECRET;
          },
          { clock },
        );
        assert.throws(
          () => meddling.verify(bytes, svixHeaders({ body: BODY })),
          refused("signature_mismatch", "svix-signature"),
        );
      });
    });

    test("a lone surrogate never becomes a key", () => {
      for (const secret of ["\ud800", "text-key-text-key\ud800", "\udfffa-text-key-text-key"]) {
        assert.throws(() => new Webhook(secret, { key: "text" }), { code: "secret_malformed" });
      }
      const pair = "text-key-text-key-\u{1F511}";
      const headers = pivotHeaders({ body: BODY, key: Buffer.from(pair) });
      assert.deepEqual(Webhook.pivot(pair).verify(BODY, headers), EVENT);
    });

    test("are the array's own items, whatever its class claims", () => {
      const headers = svixHeaders({ body: BODY });
      const other = `whsec_${randomBytes(24).toString("base64")}`;
      const lying = liar(other, SECRET);
      assert.equal([...lying].length + lying.map(String).length, 0);
      assert.equal(new Webhook(lying, { clock }).verifySignature(BODY, headers).label, null);
      assert.throws(
        () => new Webhook(liar(other), { clock }).verify(BODY, headers),
        refused("signature_mismatch"),
      );
      const schemes = liar("svix");
      assert.deepEqual(new Webhook(SECRET, { schemes }).toJSON(), { schemes: ["svix"] });
    });

    test("changing the caller's array or object afterwards changes nothing", () => {
      const secrets = [SECRET];
      const schemes = ["svix"];
      const options = { clock, schemes };
      const kept = new Webhook(secrets, options);
      secrets[0] = "";
      schemes[0] = "pivotal";
      options.clock = () => 0;
      assert.deepEqual(kept.verify(...bodyAndHeaders), EVENT);
    });
  });

  describe("options", () => {
    const clock = () => NOW;

    test("the options of each endpoint are taken", () => {
      const late = svixHeaders({ body: BODY, at: NOW - 301 });
      const old = { code: "timestamp_too_old", skew: 301, tolerance: 300 };
      assert.throws(() => webhook.verify(BODY, late), old);
      assert.deepEqual(new Webhook(SECRET, { clock, tolerance: 301 }).verify(BODY, late), EVENT);
      assert.deepEqual(
        new Webhook(SECRET, { clock, dangerouslyIgnoreTimestamp: true }).verify(BODY, late),
        EVENT,
      );
      assert.throws(
        () => new Webhook(SECRET, { clock, schemes: ["pivotal"] }).verify(BODY, late),
        refused("header_missing", "pivotal-signature"),
      );
      assert.throws(
        () => new Webhook(SECRET, { clock, maxBody: 10 }).verify(BODY, late),
        refused("payload_too_large"),
      );
      const text = pivotalHeaders({ body: BODY });
      assert.deepEqual(new Webhook(SECRET, { clock, key: "text" }).verify(BODY, text), EVENT);
      assert.throws(
        () => new Webhook(SECRET, { clock, key: "base64" }).verify(BODY, text),
        refused("signature_mismatch", "pivotal-signature"),
      );
      const aged = `{"timestamp":"${new Date((NOW - 61) * 1000).toISOString()}"}`;
      assert.throws(
        () =>
          Webhook.pivot(SECRET, { clock, maxEventAge: 60 }).verify(
            aged,
            pivotHeaders({ body: aged }),
          ),
        { code: "timestamp_too_old", skew: 61, tolerance: 60 },
      );
    });

    test("undefined is the default", (context) => {
      context.mock.timers.enable({ apis: ["Date"], now: NOW * 1000 });
      const options = {
        schemes: undefined,
        tolerance: undefined,
        dangerouslyIgnoreTimestamp: undefined,
        maxBody: undefined,
        key: undefined,
        clock: undefined,
      };
      for (const given of [undefined, {}, options]) {
        const headers = svixHeaders({ body: BODY });
        assert.deepEqual(new Webhook(SECRET, given).verify(BODY, headers), EVENT);
      }
    });

    test("impossible values are config_invalid", () => {
      for (const options of [
        { schemes: [] },
        { schemes: ["unknown"] },
        { schemes: ["pivot"] },
        { schemes: ["svix", "pivot"] },
        { key: "raw" },
        { maxEventAge: 60 },
        ...[-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 3601, 2 ** 53].map((tolerance) => ({
          tolerance,
        })),
        ...[0, -1, 0.5, Number.NaN, 2 ** 30 + 1, Number.POSITIVE_INFINITY].map((maxBody) => ({
          maxBody,
        })),
      ]) {
        assert.throws(() => new Webhook(SECRET, options), refused("config_invalid"));
      }
      for (const options of [
        { schemes: ["svix"] },
        ...[0, -1, 31_536_001].map((maxEventAge) => ({ maxEventAge })),
      ]) {
        assert.throws(() => Webhook.pivot(SECRET, options), refused("config_invalid"));
      }
    });

    test("a misspelt option or one of another type is a TypeError, not a default", () => {
      for (const [options, message] of [
        [{ tolerence: 60 }, 'there is no option "tolerence"; did you mean tolerance?'],
        [{ max_body: 60 }, 'there is no option "max_body"; did you mean maxBody?'],
        [{ maxbody: undefined }, 'there is no option "maxbody"; did you mean maxBody?'],
        [{ scheme: "svix" }, 'there is no option "scheme"; did you mean schemes?'],
        [{ secret: 1 }, `there is no option "secret"; there are: ${OPTIONS.join(", ")}`],
        [
          JSON.parse('{"__proto__":1}'),
          `there is no option "__proto__"; there are: ${OPTIONS.join(", ")}`,
        ],
        [{ tolerance: "300" }, "option tolerance is a string; it takes a number of seconds"],
        [{ tolerance: null }, "option tolerance is null; it takes a number of seconds"],
        [{ maxBody: 10n }, "option maxBody is a bigint; it takes a number of bytes"],
        [
          { dangerouslyIgnoreTimestamp: "false" },
          "option dangerouslyIgnoreTimestamp is a string; it takes true or false",
        ],
        [
          { schemes: "svix" },
          'option schemes is a string; it takes an array of the names of schemes, for example ["svix"]',
        ],
        ...[["svix", 1], Array(1)].map((schemes) => [
          { schemes },
          'option schemes is an array; it takes an array of the names of schemes, for example ["svix"]',
        ]),
        [{ key: 1 }, 'option key is a number; it takes "auto", "base64" or "text"'],
        [{ key: ["text"] }, 'option key is an array; it takes "auto", "base64" or "text"'],
        [{ source: 1 }, "option source is a number; it takes a name"],
        [{ clock: NOW }, "option clock is a number; it takes a function that returns Unix seconds"],
        [
          { clock: new Date() },
          "option clock is a Date; it takes a function that returns Unix seconds",
        ],
        [
          { clock: async () => NOW },
          "option clock is an async function; it takes a function that returns Unix seconds",
        ],
        [null, "options is null; pass an object, such as { schemes: … }"],
        ["svix", "options is a string; pass an object, such as { schemes: … }"],
        [["svix"], "options is an array; pass an object, such as { schemes: … }"],
      ]) {
        assert.throws(() => new Webhook(SECRET, options), { name: "TypeError", message });
        assert.throws(() => Webhook.pivot(SECRET, options), {
          name: "TypeError",
          message:
            options !== null && Object.hasOwn(options, "dangerouslyIgnoreTimestamp")
              ? NO_TIME
              : message.replace(", dangerouslyIgnoreTimestamp", ""),
        });
      }
      assert.throws(() => Webhook.pivot(SECRET, { dangerouslyIgnoreTimestamp: true }), {
        name: "TypeError",
        message: NO_TIME,
      });
    });

    test("no option comes from a prototype", () => {
      const late = svixHeaders({ body: BODY, at: NOW - 4000 });
      const good = svixHeaders({ body: BODY });
      const old = '{"timestamp":"1999-01-01T00:00:00Z"}';
      const pivotGood = pivotHeaders({ body: old });
      const polluted = {
        schemes: ["pivotal"],
        tolerance: 0,
        dangerouslyIgnoreTimestamp: true,
        maxBody: 1,
        key: "text",
        source: "refused, if it is read",
        format: "raw",
        maxEventAge: 1,
        clock: () => 0,
        scheme: "pivotal",
      };
      assert.deepEqual(Object.keys(polluted).slice(0, -1).sort(), [...OPTIONS].sort());
      for (const [name, value] of Object.entries(polluted)) {
        Object.defineProperty(Object.prototype, name, {
          value,
          configurable: true,
          writable: true,
        });
      }
      try {
        for (const secret of [SECRET, () => SECRET, { now: SECRET }]) {
          for (const options of [{ clock }, Object.assign(Object.create(polluted), { clock })]) {
            const made = new Webhook(secret, options);
            assert.throws(() => made.verify(BODY, late), {
              code: "timestamp_too_old",
              tolerance: 300,
            });
            assert.deepEqual(made.verify(BODY, good), EVENT);
            assert.equal(made.maxBody, 2 ** 20);
            assert.match(made.sign("msg_1", NOW, BODY, {}), /^v1,/);
          }
          const pivot = Webhook.pivot(secret, {});
          assert.deepEqual(pivot.verify(old, pivotGood), JSON.parse(old));
        }
      } finally {
        for (const name of Object.keys(polluted)) delete Object.prototype[name];
      }
    });

    test("an option of sign is checked like one of a webhook", () => {
      for (const [options, message] of [
        [{ schema: "svix" }, 'there is no option "schema"; did you mean scheme?'],
        [{ scheme: 1 }, "option scheme is not the name of a scheme"],
        [null, "options is null; pass an object, such as { scheme: … }"],
      ]) {
        assert.throws(() => webhook.sign("msg_1", NOW, BODY, options), {
          name: "TypeError",
          message,
        });
      }
    });

    test("the clock is asked once per delivery, and refused unless it gives a time", () => {
      let asked = 0;
      const counted = new Webhook(SECRET, {
        clock: () => {
          asked += 1;
          return NOW + 0.999;
        },
      });
      assert.equal(asked, 0);
      counted.verify(BODY, svixHeaders({ body: BODY, at: NOW - 300 }));
      counted.verifySignature(BODY, svixHeaders({ body: BODY, at: NOW + 300 }));
      const event = '{"id":"evt_1","type":"webhook.ping","data":{}}';
      counted.unwrap(event, svixHeaders({ body: event, at: NOW + 300 }));
      assert.equal(asked, 3);
      for (const time of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
        const broken = new Webhook(SECRET, { clock: () => time });
        for (const verb of ["unwrap", "verify", "verifySignature"]) {
          assert.throws(() => broken[verb](BODY, svixHeaders({ body: BODY })), {
            ...refused("internal"),
            message: "the receiver's clock gave no time, or a time before 1970 (internal)",
            help: /clock function that was passed in/,
          });
        }
      }
      for (const [time, kind] of [
        [`${NOW}`, "a string"],
        [BigInt(NOW), "a bigint"],
        [new Date(), "a Date"],
        [Promise.resolve(NOW), "a Promise"],
        [undefined, "undefined"],
        [null, "null"],
        [{}, "an object"],
        [Object(NOW), "a Number"],
      ]) {
        const broken = new Webhook(SECRET, { clock: () => time });
        for (const verb of ["unwrap", "verify", "verifySignature"]) {
          assert.throws(() => broken[verb](BODY, svixHeaders({ body: BODY })), {
            name: "TypeError",
            message: `option clock returned ${kind}; it has to return Unix seconds, a number`,
          });
        }
      }
      const inMilliseconds = new Webhook(SECRET, { clock: () => NOW * 1000 });
      assert.throws(() => inMilliseconds.verify(BODY, svixHeaders({ body: BODY })), {
        ...refused("internal"),
        message: /milliseconds instead of seconds/,
        help: /Date\.now\(\) \/ 1000/,
      });
      const fault = new Error("no clock today");
      const throwing = new Webhook(SECRET, {
        clock: () => {
          throw fault;
        },
      });
      assert.throws(() => throwing.verify(BODY, svixHeaders({ body: BODY })), fault);
    });

    test("what the clock or a getter does to the body is done before it is verified", () => {
      const verify = (change) => {
        const bytes = new Uint8Array(Buffer.from(BODY));
        const clocked = new Webhook(SECRET, {
          clock: () => {
            change(bytes);
            return NOW;
          },
        });
        return clocked.verify(bytes, svixHeaders({ body: BODY }));
      };
      assert.throws(
        () => verify((bytes) => bytes.fill(0)),
        refused("signature_mismatch", "svix-signature"),
      );
      assert.throws(() => verify(({ buffer }) => structuredClone(buffer, { transfer: [buffer] })), {
        name: "TypeError",
        message: /^body is detached/,
      });
    });
  });

  describe("results", () => {
    const clock = () => NOW;

    test("the facts are those that the signature covered", () => {
      const labelled = new Webhook({ current: SECRET }, { clock });
      assert.deepEqual(labelled.verifySignature("not JSON", svixHeaders({ body: "not JSON" })), {
        scheme: "svix",
        id: "msg_1",
        timestamp: NOW,
        skew: 0,
        label: "current",
        isRestored: false,
        unauthenticated: { eventType: null, deliveryId: null },
      });
      const unsigned = { "pivotal-event": "customer.at_risk", "Pivotal-Delivery-Id": "msg_9" };
      assert.deepEqual(
        webhook.verifySignature(BODY, { ...pivotalHeaders({ body: BODY }), ...unsigned }),
        {
          scheme: "pivotal",
          id: null,
          timestamp: NOW,
          skew: 0,
          label: null,
          isRestored: false,
          unauthenticated: { eventType: "customer.at_risk", deliveryId: "msg_9" },
        },
      );
      assert.deepEqual(Webhook.pivot(SECRET).verifySignature(BODY, pivotHeaders({ body: BODY })), {
        scheme: "pivot",
        id: null,
        timestamp: null,
        skew: null,
        label: null,
        isRestored: false,
        unauthenticated: { eventType: null, deliveryId: null },
      });
    });

    test("the facts are the same beside headers of any length and letters, and for any body", () => {
      const eventTypes = ["customer.at_risk", "", "é", "東京", "\u{1f600}", "z"];
      const long = ["q".repeat(30_000), "ü".repeat(30_000)];
      const shown = (text) => (/^[ -~]{0,256}$/.test(text) ? text : null);
      for (const length of [0, 1, 4095, 4096, 4097, 16_384, 20_000, 20_480, 70_000]) {
        const body = randomBytes(length);
        for (const [at, eventType] of [...eventTypes, ...long].entries()) {
          const deliveryId = eventTypes[(at + 3) % eventTypes.length];
          const headers = {
            "pivotal-event": eventType,
            ...pivotalHeaders({ body }),
            "pivotal-delivery-id": deliveryId,
          };
          const label = "the only one";
          assert.deepEqual(
            new Webhook({ [label]: SECRET }, { clock: () => NOW + 7 }).verifySignature(
              body,
              headers,
            ),
            {
              scheme: "pivotal",
              id: null,
              timestamp: NOW,
              skew: 7,
              label,
              isRestored: false,
              unauthenticated: { eventType: shown(eventType), deliveryId: shown(deliveryId) },
            },
          );
        }
        const headers = svixHeaders({ body });
        const signatures = Array(20).fill(headers["svix-signature"]);
        const signed = { ...headers, "svix-signature": signatures };
        assert.equal(webhook.verifySignature(body, signed).id, "msg_1");
        assert.throws(
          () => webhook.verifySignature(body, { ...headers, "svix-id": Array(2000).fill("msg_1") }),
          refused("header_duplicated", "svix-id"),
        );
      }
    });

    test("a signature is what a sender sends", () => {
      const expected = svixSignature({ body: BODY });
      for (const time of [NOW, NOW + 0.9, new Date(NOW * 1000), new Date(NOW * 1000 + 999)]) {
        assert.equal(webhook.sign("msg_1", time, BODY), expected);
        assert.equal(webhook.sign("msg_1", time, Buffer.from(BODY), {}), expected);
        assert.equal(webhook.sign("msg_1", time, BODY, { scheme: "svix" }), expected);
      }
      assert.equal(
        webhook.sign("", NOW, BODY, { scheme: "pivotal" }),
        pivotalHeaders({ body: BODY })["pivotal-signature"],
      );
      assert.equal(
        Webhook.pivot(SECRET).sign("", 0, BODY),
        pivotHeaders({ body: BODY })["x-pivot-signature"],
      );
    });

    test("a signature that verification would refuse is not made", () => {
      for (const id of ["", "msg.1", "msg 1", "7", "m".repeat(257), "\ud800"]) {
        assert.throws(() => webhook.sign(id, NOW, BODY), refused("header_malformed", "svix-id"));
      }
      for (const time of [
        0,
        -1,
        0.9,
        1e12,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        new Date(Number.NaN),
        new Date(0),
      ]) {
        assert.throws(
          () => webhook.sign("msg_1", time, BODY),
          refused("timestamp_malformed", "svix-timestamp"),
        );
      }
      for (const scheme of ["pivot", "unknown", ""]) {
        assert.throws(
          () => webhook.sign("msg_1", NOW, BODY, { scheme }),
          refused("config_invalid"),
        );
      }
    });

    test("arguments of another type are a TypeError that names them", () => {
      for (const id of [undefined, null, 7, {}]) {
        assert.throws(() => webhook.sign(id, NOW, BODY), { name: "TypeError", message: /^id / });
      }
      for (const time of [undefined, null, `${NOW}`, BigInt(NOW), {}]) {
        assert.throws(() => webhook.sign("msg_1", time, BODY), {
          name: "TypeError",
          message: /^timestamp /,
        });
      }
      for (const scheme of [null, 7, ["svix"]]) {
        assert.throws(() => webhook.sign("msg_1", NOW, BODY, { scheme }), {
          name: "TypeError",
          message: /^option scheme /,
        });
      }
      assert.throws(() => webhook.sign("msg_1", NOW, {}), { name: "TypeError", message: /^body / });
    });

    test("a webhook is made with new, and works under another name", () => {
      assert.throws(() => Webhook(SECRET), TypeError);
      const { pivot } = Webhook;
      assert.ok(pivot(SECRET) instanceof Webhook);
      class Mine extends Webhook {}
      assert.deepEqual(
        new Mine(SECRET, { clock }).verify(BODY, svixHeaders({ body: BODY })),
        EVENT,
      );
      const { verify } = webhook;
      assert.throws(() => verify(BODY, svixHeaders({ body: BODY })), TypeError);
      assert.throws(() => verify.call({}, BODY, svixHeaders({ body: BODY })), TypeError);
    });

    test("a refusal is an Error of its own class", () => {
      assert.throws(
        () => webhook.verify(BODY, {}),
        (error) => {
          assert.ok(error instanceof WebhookVerificationError);
          assert.ok(error instanceof Error);
          assert.equal(error.name, "WebhookVerificationError");
          assert.equal(`${error}`, `WebhookVerificationError: ${error.message}`);
          assert.ok(error.stack.startsWith(`${error}`));
          assert.deepEqual(Object.keys(error), ["code", "help", "status", "header"]);
          assert.equal(error.reason, undefined);
          assert.equal(error.skew, undefined);
          assert.equal(error.tolerance, undefined);
          return true;
        },
      );
    });
  });
}

/** An array whose class says that it has no items, and whose methods return others. */
function liar(...items) {
  class Liar extends Array {
    static get [Symbol.species]() {
      return Set;
    }
    *[Symbol.iterator]() {}
    filter() {
      return [];
    }
    flatMap() {
      return [];
    }
    map() {
      return [];
    }
  }
  const array = new Liar();
  array.push(...items);
  return array;
}
