import assert from "node:assert/strict";
import { Console } from "node:console";
import { Writable } from "node:stream";
import { test } from "node:test";
import { inspect } from "node:util";
import { serialize } from "node:v8";
import { refusedCases } from "../support/files.mjs";
import { NOW, pivotalHeaders, SECRET, svixHeaders } from "../support/sender.mjs";
import { errorOf } from "../support/vectors.mjs";

export function secretsSuite(pkg) {
  const { Webhook } = pkg;

  test("nothing that a webhook prints, serialises or clones shows its secret", () => {
    for (const [webhook, schemes] of [
      [new Webhook(SECRET), ["svix", "pivotal"]],
      [new Webhook({ current: SECRET }, { schemes: ["svix"] }), ["svix"]],
      [new (class extends Webhook {})([SECRET], { key: "base64" }), ["svix", "pivotal"]],
      [Webhook.pivot(SECRET), ["pivot"]],
      [new Webhook(() => SECRET), ["svix", "pivotal"]],
    ]) {
      const constant = `<Webhook schemes=${schemes.join()}>`;
      assert.equal(`${webhook}`, constant);
      assert.equal(inspect(webhook), constant);
      assert.equal(JSON.stringify(webhook), JSON.stringify({ schemes }));
      assert.deepEqual(Reflect.ownKeys(webhook), []);
      assert.deepEqual(Reflect.ownKeys(structuredClone(webhook)), []);
      assertSecret(SECRET, [
        ...textsOf(webhook),
        serialize(webhook).toString("latin1"),
        ...textsOf(structuredClone(webhook)),
        ...Object.values(allMembers(webhook)).flatMap(textsOf),
      ]);
    }
  });

  test("no error of any kind shows a secret", () => {
    const codes = new Set();
    for (const testCase of refusedCases()) {
      const error = errorOf(pkg, testCase);
      if (error === undefined) continue;
      codes.add(error.code);
      for (const { secret } of testCase.webhook.secrets) {
        assertSecret(secret, textsOf(error));
      }
    }
    const broken = new Webhook(SECRET, { clock: () => Number.NaN });
    assert.throws(
      () => broken.verify("{}", svixHeaders()),
      (error) => {
        codes.add(error.code);
        assertSecret(SECRET, textsOf(error));
        return true;
      },
    );
    assert.deepEqual([...codes].sort(), [...pkg.ERROR_CODES].sort(), "each code was seen");
  });

  test("the search finds what it looks for", () => {
    const key = Buffer.from(SECRET.slice(6), "base64");
    const piece = key.subarray(5, 13);
    const error = new Error("refused", { cause: { webhook: { options: { key } } } });
    for (const leak of [
      SECRET,
      `Bearer ${SECRET.slice(6)}`,
      SECRET.slice(10, 18),
      piece.toString("latin1"),
      piece.toString("hex"),
      piece.toString("hex").toUpperCase(),
      inspect(piece),
      inspect(new Uint8Array(piece)),
      JSON.stringify(piece),
      serialize(key).toString("latin1"),
      textsOf(error)[1],
    ]) {
      assert.throws(() => assertSecret(SECRET, [leak]), /shows a part of a secret/, leak);
    }
  });

  test("nothing that a refusal prints on a console shows a secret", () => {
    const messages = new Set();
    for (const testCase of refusedCases()) {
      const error = errorOf(pkg, testCase);
      if (error === undefined || messages.has(error.message)) continue;
      messages.add(error.message);
      const printed = [];
      const write = (chunk, _encoding, done) => {
        printed.push(chunk.toString("utf8"));
        done();
      };
      const stream = new Writable({ write });
      const console = new Console({ stdout: stream, stderr: stream });
      console.log(error);
      console.error("%s %o %O %j", error, error, error, error);
      console.dir(error, { showHidden: true });
      console.table([error]);
      console.trace(error);
      assert.notEqual(printed.join(""), "");
      for (const { secret } of testCase.webhook.secrets) {
        assertSecret(secret, [printed.join("")]);
      }
    }
    assert.ok(messages.size >= pkg.ERROR_CODES.length, `${messages.size}`);
  });

  test("no TypeError shows a secret", () => {
    const webhook = new Webhook(SECRET, { clock: () => NOW });
    for (const call of [
      () => new Webhook(Buffer.from(SECRET)),
      () => new Webhook(new Map([["current", SECRET]])),
      () => new Webhook([[SECRET]]),
      () => new Webhook({ current: { secret: SECRET } }),
      () => new Webhook(Promise.resolve(SECRET)),
      () => new Webhook(() => Buffer.from(SECRET)).sign("msg_1", NOW, ""),
      () => new Webhook(SECRET, { schemes: [SECRET, 1] }),
      () => new Webhook(SECRET, SECRET),
      () => new Webhook(SECRET, { key: 1 }),
      () => new Webhook(SECRET, { schemes: SECRET }),
      () => webhook.verify({ SECRET }, {}),
      () => webhook.verify(SECRET, [SECRET]),
      () => webhook.sign({ SECRET }, NOW, SECRET),
      () => webhook.sign("msg_1", SECRET, SECRET),
    ]) {
      assert.throws(call, (error) => {
        assert.equal(error.name, "TypeError");
        assertSecret(SECRET, textsOf(error));
        return true;
      });
    }
  });

  test("no error shows what arrived", () => {
    const marker = "marker-7f3a9c";
    const headers = svixHeaders({ id: marker, body: marker });
    const webhook = new Webhook(SECRET, { clock: () => NOW });
    const event = (fields) => {
      const body = JSON.stringify({ id: marker, type: marker, data: { object: {} }, ...fields });
      return webhook.unwrap(body, { ...pivotalHeaders({ body }), "pivotal-event": "another" });
    };
    for (const call of [
      () => event({}),
      () => event({ created_at: marker }),
      () => event({ data: marker }),
      () => event({ data: { previous_attributes: marker } }),
      () => webhook.verify(marker, headers),
      () => webhook.verify(`${marker} `, headers),
      () => webhook.verify(marker, { ...headers, "svix-id": `${marker}.` }),
      () => webhook.verify(marker, { ...headers, "svix-id": [marker, `${marker}2`] }),
      () => webhook.verify(marker, { ...headers, "svix-timestamp": marker }),
      () => webhook.verify(marker, { ...headers, "svix-signature": `v1,${marker}` }),
      () => webhook.verify({ marker }, headers),
      () => webhook.verify(marker, marker),
    ]) {
      assert.throws(call, (error) => {
        assert.ok(
          textsOf(error).every((text) => !text.includes(marker)),
          error.message,
        );
        return true;
      });
    }
  });
}

/** Every text in which a log may come to hold a value. */
function textsOf(value) {
  const texts = [
    inspect(value),
    inspect(value, { showHidden: true, depth: Number.POSITIVE_INFINITY, showProxy: true }),
    inspect(value, { customInspect: false, showHidden: true, depth: Number.POSITIVE_INFINITY }),
    JSON.stringify(value) ?? "",
    JSON.stringify(Object.getOwnPropertyDescriptors(Object(value))),
    String(value),
  ];
  return value instanceof Error ? [...texts, value.message, value.stack, value.help ?? ""] : texts;
}

function allMembers(object) {
  const members = {};
  for (let at = object; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    Object.assign(members, Object.getOwnPropertyDescriptors(at));
  }
  return members;
}

/** Fails if a text holds the secret, its key in another encoding, or any 8 bytes of the key. */
function assertSecret(secret, texts) {
  // `inspect` pads the numbers of an array and breaks its lines.
  const shown = texts.flatMap((text) => [text, text.replace(/\s+/g, " ")]).join("\n");
  const needle = needlesOf(secret).find((candidate) => shown.includes(candidate));
  assert.equal(needle, undefined, `shows a part of a secret: ${shown}`);
}

const WINDOW = 8;

/** Most vectors have the same few secrets. */
const needlesBySecret = new Map();

function needlesOf(secret) {
  const known = needlesBySecret.get(secret);
  if (known !== undefined) return known;
  const needles = newNeedlesOf(secret);
  needlesBySecret.set(secret, needles);
  return needles;
}

function newNeedlesOf(secret) {
  const text = secret.trim();
  const key = Buffer.from(text.replace(/^whsec_/, ""), "base64");
  const needles = new Set(text.length < WINDOW ? [] : [text]);
  for (const bytes of [key, Buffer.from(text)]) {
    for (let at = 0; at + WINDOW <= bytes.length; at += 1) {
      const window = bytes.subarray(at, at + WINDOW);
      needles.add(window.toString("latin1"));
      const hex = window.toString("hex");
      needles.add(hex);
      needles.add(hex.toUpperCase());
      needles.add(hex.match(/../g).join(" "));
      needles.add(window.toString("base64url"));
      needles.add(window.join(","));
      needles.add(window.join(", "));
    }
  }
  // Some vectors have words for a secret, and so do the messages.
  return [...needles].filter((needle) => needle === text || !/^[a-z ]*$/.test(needle));
}
