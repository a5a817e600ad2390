// Uses the page in a real browser: what it shows, that it sends nothing, and that everybody can use it.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { afterEach, beforeEach, describe, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Webhook } from "pivotal-webhooks-wasm";
import { launch } from "../../bindings-wasm/test/runtimes/chromium.mjs";
import {
  KEY,
  NOW,
  pivotalHeaders,
  pivotHeaders,
  SECRET,
  svixHeaders,
} from "../../bindings-node/test/support/sender.mjs";

const FILE = fileURLToPath(new URL("../dist/index.html", import.meta.url));
const EVENT = {
  id: "evt_1",
  type: "customer.at_risk",
  data: { object: { id: "cus_1", name: "Zoë", renewal_date: "2027-01-01" } },
  shard: 7,
};
const BODY = JSON.stringify(EVENT);
const HEADERS = Object.entries(svixHeaders({ body: BODY }));
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const browser = await launch();
const contexts = [];
afterEach(() => Promise.all(contexts.splice(0).map((context) => context.close())));

/** Every URL that a page has asked for. */
const requested = [];
const faults = [];
beforeEach(() => {
  requested.length = faults.length = 0;
});

async function opened(options = {}, address = pathToFileURL(FILE).href) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  contexts.push(context);
  context.on("request", (request) => requested.push(request.url()));
  const page = await context.newPage();
  page.on("pageerror", (error) => faults.push(`${error}`));
  page.on("console", (message) => faults.push(message.text()));
  page.on("websocket", (socket) => requested.push(socket.url()));
  await page.clock.setFixedTime(NOW * 1000);
  await page.goto(address);
  return page;
}

const textOf = (page, id) => page.locator(`#${id}`).innerText();
const sample = (page, name) => page.getByRole("button", { name, exact: true }).click();
const lines = (headers) => headers.map(([name, value]) => `${name}: ${value}`).join("\n");

async function fill(page, { headers = HEADERS, body = BODY, secret = SECRET } = {}) {
  await page.getByLabel("Signing secret").fill(secret);
  await page.getByLabel("Headers", { exact: true }).first().fill(lines(headers));
  await page.getByLabel("Raw body").fill(body);
}

/** Puts a whole delivery into the field for it, as a file of these bytes. */
async function give(page, bytes) {
  const buffer = Buffer.from(bytes);
  await page.locator("#file").setInputFiles({ name: "delivery", mimeType: "text/plain", buffer });
}

async function isAccepted(page) {
  await page.locator("#verdict.accepted").waitFor({ timeout: 5000 });
}

describe("the verdict", () => {
  test("each sample has its own", async () => {
    const page = await opened();
    await isAccepted(page);
    assert.match(await textOf(page, "verdict"), /^Accepted\n[^]*customer\.health_score_dropped/);
    assert.equal(await textOf(page, "findings"), "");
    for (const [name, code, finding] of [
      ["written again", "signature_mismatch", "body_json_spacing"],
      ["an hour old", "timestamp_too_old", "clock_time_zone"],
      ["tampered", "signature_mismatch", "No known accident fits"],
      ["without headers", "header_missing", "headers_absent"],
      ["with a quoted secret", "secret_malformed", "secret_quoted"],
      ["genuine", null, ""],
    ]) {
      await sample(page, name);
      const verdict = await textOf(page, "verdict");
      const findings = await textOf(page, "findings");
      if (code === null) assert.match(verdict, /^Accepted/);
      else assert.match(verdict, new RegExp(`^Refused\n[^]*code\\s+${code}\n`), name);
      assert.match(findings, new RegExp(finding), name);
      assert.equal(findings.includes("whsec_"), false);
    }
    assert.deepEqual(faults, []);
  });

  test("it follows each edit, the options and the clock", async () => {
    const page = await opened();
    await fill(page);
    await isAccepted(page);
    await page.getByLabel("Raw body").fill(`${BODY}\n`);
    assert.match(await textOf(page, "findings"), /body_newline_added/);
    await page.getByLabel("Raw body").fill(BODY);
    await isAccepted(page);
    await page.getByText("Clock, key format, other secrets").click();
    await page.getByLabel("Clock in Unix seconds").fill(`${NOW + 301}`);
    assert.match(await textOf(page, "verdict"), /timestamp_too_old/);
    assert.match(await textOf(page, "timeline"), /5 minutes and 1 second ago.*is too old/);
    await page.getByLabel("Tolerance in seconds").fill("301");
    await isAccepted(page);
    await page.getByLabel("Tolerance in seconds").fill("0");
    await page.getByRole("button", { name: "Take the signed time" }).click();
    await isAccepted(page);
    await page.getByLabel("Tolerance in seconds").fill("4000");
    assert.match(await textOf(page, "verdict"), /config_invalid/);
    await page.getByLabel("Tolerance in seconds").fill("300");
    const other = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;
    await page.getByLabel("Signing secret").fill(other);
    assert.match(await textOf(page, "findings"), /No known accident fits/);
    await page.getByLabel("Secrets of other endpoints").fill(SECRET);
    assert.match(await textOf(page, "findings"), /secret_of_other_endpoint/);
    await page.getByLabel("Signing secret").fill(`${other}\n${SECRET}`);
    await isAccepted(page);
    await page.getByLabel("Signing secret").fill("");
    assert.match(await textOf(page, "verdict"), /secret_empty/);
    assert.deepEqual(faults, []);
  });

  test("deliveries of each scheme are read", async () => {
    const page = await opened();
    await fill(page, { headers: Object.entries(pivotalHeaders({ body: BODY })) });
    await isAccepted(page);
    assert.match(await textOf(page, "signed"), /Scheme pivotal: timestamp \. body/);
    const body = JSON.stringify({ event_type: "message_sent", data: {}, timestamp: "2026-01-01" });
    await fill(page, { headers: Object.entries(pivotHeaders({ body })), body });
    assert.match(await textOf(page, "findings"), /scheme_of_other_sender/);
    await page.getByLabel("Sender").selectOption("pivot");
    await page.getByText("signs no time").waitFor();
    assert.match(await textOf(page, "signed"), /Scheme pivot: body/);
  });
});

describe("a delivery is read from", () => {
  const CRLF = BODY.replace("{", "{\r\n");
  const signed = Object.entries(svixHeaders({ body: CRLF }));
  const asLambda = (body, headers = Object.fromEntries(signed)) => ({
    version: "2.0",
    requestContext: { http: { method: "POST" } },
    headers,
    body: Buffer.from(body).toString("base64"),
    isBase64Encoded: true,
  });
  const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const curl = signed.map(([name, value]) => `-H ${quote(`${name}: ${value}`)}`).join(" \\\n ");
  const har = {
    method: "POST",
    headers: signed.map(([name, value]) => ({ name, value })),
    postData: { mimeType: "application/json", text: CRLF },
  };
  const http = `POST /webhooks HTTP/1.1\r\nHost: example.com\r\n${lines(signed).replaceAll("\n", "\r\n")}`;
  for (const [kind, given] of Object.entries({
    "a raw HTTP request": `${http}\r\n\r\n${CRLF}`,
    "header lines and a body": `${lines(signed)}\n\n${CRLF}`,
    "a curl command": `curl -X POST http://localhost/ ${curl} --data-raw ${quote(CRLF)}`,
    "an AWS Lambda event": JSON.stringify(asLambda(CRLF)),
    "JSON of headers and body": JSON.stringify({ headers: signed, body: CRLF }),
    "a HAR file": JSON.stringify({ log: { entries: [{ request: har }] } }),
  })) {
    test(kind, async () => {
      const page = await opened();
      await page.getByLabel("Signing secret").fill(SECRET);
      await give(page, given);
      await page.getByText(`Read as ${kind}.`).waitFor();
      // The carriage return is kept, although a text field has none.
      await isAccepted(page);
      assert.match(await textOf(page, "body-note"), /^This body has carriage returns/);
      assert.deepEqual(faults, []);
    });
  }

  test("anything else is a body", async () => {
    const page = await opened();
    await fill(page, { body: "" });
    await give(page, BODY);
    await page.getByText("Read as the body").waitFor();
    await isAccepted(page);
    await give(page, Buffer.from([0xff, 0x00, 0x41]));
    await page.locator("#signed", { hasText: "\\xFFU+0000A" }).waitFor();
  });

  test("what is dropped on the page, a file or text", async () => {
    for (const kind of ["file", "text"]) {
      const page = await opened();
      await page.getByLabel("Signing secret").fill(SECRET);
      const dataTransfer = await page.evaluateHandle(
        ([kind, content]) => {
          const data = new DataTransfer();
          if (kind === "file") data.items.add(new File([content], "delivery.http"));
          else data.setData("text/plain", content);
          return data;
        },
        [kind, `${http}\r\n\r\n${CRLF}`],
      );
      const isMarked = () =>
        page.locator("#drop").evaluate((field) => field.classList.contains("over"));
      await page.dispatchEvent("body", "dragover", { dataTransfer });
      assert.equal(await isMarked(), true);
      await page.dispatchEvent("body", "dragleave", { dataTransfer });
      assert.equal(await isMarked(), false);
      await page.dispatchEvent("body", "dragover", { dataTransfer });
      await page.dispatchEvent("body", "drop", { dataTransfer });
      assert.equal(await isMarked(), false);
      await page.getByText("Read as a raw HTTP request.").waitFor();
      await isAccepted(page);
      assert.match(await textOf(page, "body-note"), /^This body has carriage returns/);
      assert.deepEqual(faults, []);
    }
  });

  test("the clipboard", async () => {
    const page = await opened();
    await page.getByLabel("Signing secret").fill(SECRET);
    await page.getByLabel("Paste or drop a whole delivery").evaluate((field, text) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", text);
      field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, cancelable: true }));
    }, `${http}\r\n\r\n${CRLF}`);
    await isAccepted(page);
  });
});

describe("what is shown", () => {
  test("the signed bytes are those of the signature, with separators and invisible characters", async () => {
    const page = await opened();
    const body = `\u{feff}{"a":\t"\u{a0}\u{200b}\u{202e}b c"}\r\n`;
    const [[, id], [, timestamp], [, signature]] = Object.entries(svixHeaders({ body }));
    await page.getByLabel("Signing secret").fill(SECRET);
    await give(
      page,
      `svix-id: ${id}\nsvix-timestamp: ${timestamp}\nsvix-signature: ${signature}\n\n${body}`,
    );
    await page.getByText("Read as header lines and a body.").waitFor();
    const shown = await page
      .locator("#signed pre")
      .evaluate((pre) =>
        [...pre.children].map(({ className, textContent }) => [className, textContent]),
      );
    const text = '{"a":→\t"NBSPZWSPU+202Eb·c"}␍↵\n';
    assert.deepEqual(shown, [
      ["part id", id],
      ["separator", "."],
      ["part timestamp", timestamp],
      ["separator", "."],
      ["part body", `BOM${text}`],
    ]);
    const titles = await page
      .locator("#signed pre .invisible")
      .evaluateAll((marks) => marks.map(({ title }) => title));
    assert.deepEqual(titles, [
      "byte order mark",
      "tab",
      "no-break space",
      "zero width space",
      "U+202E",
      "carriage return",
      "line feed",
    ]);
    const content = `${shown[0][1]}${shown[1][1]}${shown[2][1]}${shown[3][1]}${body}`;
    const mac = createHmac("sha256", KEY).update(content).digest("base64");
    assert.equal(signature, `v1,${mac}`);
  });

  test("fields and types that the catalogue does not list are marked", async () => {
    const page = await opened();
    await fill(page);
    const marked = () =>
      page.locator("#event tr:has(.warn) th").evaluateAll((all) => all.map((th) => th.textContent));
    assert.deepEqual(await marked(), ["shard", "renewal_date"]);
    const body = BODY.replace("customer.at_risk", "customer.cloned");
    await fill(page, { body, headers: Object.entries(svixHeaders({ body })) });
    assert.match(await textOf(page, "event"), /customer\.cloned\s+not in the catalogue/);
    assert.deepEqual(await marked(), ["shard", "id", "name", "renewal_date"]);
  });

  test("each header has a meaning", async () => {
    const page = await opened();
    await fill(page, { headers: [...HEADERS, ["Svix-Id", "msg_2"], ["x-trace", "1"]] });
    const rows = await page.locator("#parsed tbody tr").allInnerTexts();
    const cells = rows.map((row) => row.split("\t"));
    assert.deepEqual(
      cells.map(([name, , meaning]) => [name, meaning]),
      [
        ["svix-id", "id of the delivery, signed"],
        ["svix-timestamp", "time of signing, signed"],
        ["svix-signature", "signatures"],
        ["Svix-Id", "id of the delivery, signed repeated"],
        ["x-trace", "not read"],
      ],
    );
  });

  test("markup of a delivery is text", async () => {
    const page = await opened();
    const markup = "<img src=x onerror=alert(1)>";
    const body = JSON.stringify({ ...EVENT, data: { object: { id: markup, [markup]: 1 } } });
    const headers = [...Object.entries(svixHeaders({ body })), [markup, markup]];
    await fill(page, { body, headers });
    await isAccepted(page);
    assert.equal(await page.locator("img").count(), 0);
    assert.match(await textOf(page, "event"), /<img src=x/);
    assert.deepEqual(faults, []);
  });
});

describe("a composed delivery", () => {
  test("is a command whose arguments are a signed request", async () => {
    const page = await opened();
    await page.getByLabel("Signing secret").fill(SECRET);
    const webhook = new Webhook(SECRET, { clock: () => NOW });
    for (const [type, scheme] of [
      ["customer.at_risk", "svix"],
      ["contact.created", "pivotal"],
    ]) {
      await page.getByLabel("Event", { exact: true }).selectOption(type);
      await page.getByLabel("Scheme").selectOption(scheme);
      const payload = JSON.parse(await page.locator("#payload").inputValue());
      payload.data.object.name = `Zoë's "$HOME" \`x\` \\`;
      await page.locator("#payload").fill(JSON.stringify(payload, null, 2));
      const command = await page.locator("#command").textContent();
      const printed = command.replace(/^curl /, String.raw`printf '%s\0' `);
      const words = execFileSync("sh", ["-c", printed], { encoding: "utf8" }).split("\0");
      assert.equal(words[0], "http://localhost:8787/webhooks/pivotal");
      const headers = words.flatMap((word, at) =>
        words[at - 1] === "-H" ? [word.split(": ", 2)] : [],
      );
      const body = words[words.indexOf("--data-raw") + 1];
      const event = webhook.unwrap(body, headers);
      assert.deepEqual([event.type, event.delivery.scheme], [type, scheme]);
      assert.equal(event.object.name, payload.data.object.name);

      await give(page, command);
      await page.getByText("Read as a curl command.").waitFor();
      await isAccepted(page);
    }
  });

  test("has the fault that was chosen, when it is verified above", async () => {
    const page = await opened();
    for (const [fault, code] of [
      ["too old", "timestamp_too_old"],
      ["too far in the future", "timestamp_too_new"],
      ["body changed after signing", "signature_mismatch"],
      ["another secret", "signature_mismatch"],
      ["body written again", "signature_mismatch"],
    ]) {
      await page.getByLabel("Signature", { exact: true }).selectOption({ label: fault });
      await page.getByRole("button", { name: "Verify it above" }).click();
      assert.match(await textOf(page, "verdict"), new RegExp(code), fault);
    }
    await page.getByLabel("Signature", { exact: true }).selectOption("genuine");
    await page.getByLabel("Event", { exact: true }).selectOption("message_sent");
    await page.getByRole("button", { name: "Verify it above" }).click();
    assert.match(await textOf(page, "verdict"), /^Accepted\n[^]*message_sent/);
    await page.getByLabel("Signing secret").fill("short");
    assert.match(await textOf(page, "composed"), /^Not signed: /);
    assert.equal(await page.getByRole("button", { name: "Copy" }).isDisabled(), true);
    assert.deepEqual(faults, []);
  });
});

describe("nothing leaves the page", () => {
  test("using all of it asks for nothing but the page, also offline and from a disk", async () => {
    const page = await opened();
    await page.context().setOffline(true);
    for (const name of ["genuine", "written again", "without headers"]) await sample(page, name);
    await fill(page);
    await page.getByLabel("Event", { exact: true }).selectOption("task.completed");
    await page.getByRole("button", { name: "Sign again now" }).click();
    await page.getByRole("button", { name: "Copy" }).click();
    await page.getByRole("button", { name: "Verify it above" }).click();
    await page.reload();
    await isAccepted(page);
    assert.deepEqual(new Set(requested), new Set([pathToFileURL(FILE).href]));
    const stored = await page.evaluate(() => [localStorage.length, sessionStorage.length]);
    assert.deepEqual([stored, await page.context().cookies()], [[0, 0], []]);
  });

  test("the policy refuses every way out", async (t) => {
    let arrived = 0;
    const server = createServer(({ url }, response) => {
      if (url === "/")
        response.writeHead(200, { "content-type": "text/html" }).end(readFileSync(FILE));
      else response.end(`${(arrived += 1)}`);
    }).listen(0, "127.0.0.1");
    t.after(() => server.close());
    await new Promise((resolve) => server.once("listening", resolve));
    const origin = `http://127.0.0.1:${server.address().port}`;
    const page = await opened({}, `${origin}/`);
    await page.evaluate(async (to) => {
      const tried = (attempt) => new Promise((resolve) => resolve(attempt())).catch(() => {});
      const added = (name, fields) =>
        tried(() => document.body.append(Object.assign(document.createElement(name), fields)));
      await tried(() => fetch(`${to}/fetch`, { mode: "no-cors" }));
      await tried(() => navigator.sendBeacon(`${to}/beacon`, "x"));
      await tried(() => new WebSocket(`${to.replace("http", "ws")}/socket`));
      await tried(() => new EventSource(`${to}/events`));
      await tried(() => new Worker(`${to}/worker`));
      await tried(() => import(`${to}/import`));
      await added("img", { src: `${to}/image` });
      await added("iframe", { src: `${to}/frame` });
      await added("link", { rel: "stylesheet", href: `${to}/style` });
      await added("object", { data: `${to}/object` });
      const form = Object.assign(document.createElement("form"), { action: `${to}/form` });
      document.body.append(form);
      form.submit();
    }, origin);
    await page.waitForTimeout(500);
    assert.equal(arrived, 0);
    assert.equal(page.url(), `${origin}/`);
    assert.ok(faults.some((fault) => /Content Security Policy/.test(fault)));
    await assert.rejects(
      page.evaluate(() => {
        document.body.innerHTML = "<p>";
      }),
      /TrustedHTML/,
    );
  });
});

describe("everybody can use it", () => {
  for (const colorScheme of ["light", "dark"]) {
    for (const [size, width] of [
      ["wide", 1280],
      ["narrow", 360],
    ]) {
      test(`axe finds nothing, ${colorScheme} and ${size}`, async () => {
        const page = await opened({
          colorScheme,
          viewport: { width, height: 800 },
          bypassCSP: true,
        });
        await page.evaluate(AXE);
        await page.getByText("Clock, key format, other secrets").click();
        for (const state of ["genuine", "written again", "an hour old", "without headers"]) {
          await sample(page, state);
          const { violations, passes } = await page.evaluate(() => globalThis.axe.run());
          const found = violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
          assert.deepEqual(found, [], state);
          assert.ok(passes.length > 20);
          const { scrollWidth } = await page.evaluate(() => document.documentElement);
          assert.ok((scrollWidth ?? 0) <= width, "the page scrolls sideways");
        }
      });
    }
  }

  test("by the keyboard alone", async () => {
    const page = await opened();
    const next = async () => {
      await page.keyboard.press("Tab");
      return page.evaluate(() => {
        const { tagName, id, textContent } = document.activeElement;
        const { outlineStyle } = getComputedStyle(document.activeElement);
        return { tagName, name: id || textContent, outlineStyle };
      });
    };
    let focused = await next();
    // The first key may go to the browser's own bar.
    if (focused.tagName === "BODY") focused = await next();
    assert.equal(focused.name, "Skip to the result");
    const order = [];
    for (; focused.tagName !== "BODY" && order.length < 60; focused = await next()) {
      assert.notEqual(focused.outlineStyle, "none", focused.name);
      order.push(focused.name);
    }
    for (const name of [
      "genuine",
      "whole",
      "file",
      "headers",
      "body",
      "secret",
      "sender",
      "copy",
    ]) {
      assert.ok(order.includes(name), `${name} of ${order}`);
    }
    await page.getByRole("button", { name: "tampered" }).focus();
    await page.keyboard.press("Enter");
    assert.match(await textOf(page, "verdict"), /^Refused/);
    assert.equal(await page.locator("#verdict").getAttribute("aria-live"), "polite");
  });
});
