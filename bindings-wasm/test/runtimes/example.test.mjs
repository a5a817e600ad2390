// Uses the page of examples/browser in a browser.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { WORKSPACE } from "../../../bindings-node/test/support/files.mjs";
import { NOW } from "../../../bindings-node/test/support/sender.mjs";
import { launch } from "./chromium.mjs";

const browser = await launch();

test("the page judges a delivery, and again when it is edited", async (t) => {
  const server = spawn(process.execPath, [join(WORKSPACE, "examples/browser/serve.mjs")], {
    env: { ...process.env, PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => server.kill());
  const [origin] = await once(createInterface(server.stdout), "line");

  const page = await browser.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(error));
  page.on("console", (message) => faults.push(message.text()));
  await page.clock.setFixedTime(NOW * 1000);
  await page.goto(origin);

  const verdict = () => page.locator("#verdict").innerText();
  assert.match(await page.locator(".warning").innerText(), /Never put a real signing secret/);
  assert.match(await verdict(), /^Authentic\n[^]*customer\.at_risk[^]*Zoë's Bakery/);

  for (const [button, code] of [
    ["tampered", "signature_mismatch"],
    ["late", "timestamp_too_old"],
    ["unsigned", "header_missing"],
  ]) {
    await page.click(`#${button}`);
    assert.match(await verdict(), new RegExp(`^Refused\n[^]*code\n+${code}\n[^]*help\n`));
  }
  await page.click("#late");
  await page.check("#any-age");
  assert.match(await verdict(), /^Authentic\n[^]*3600 s/);

  await page.click("#genuine");
  const body = await page.inputValue("#body");
  await page.fill("#body", `${body} `);
  assert.match(await verdict(), /^Refused\n[^]*signature_mismatch/);
  await page.fill("#body", body);
  assert.match(await verdict(), /^Authentic\n/);
  await page.fill("#secret", "");
  assert.match(await verdict(), /^Refused\n[^]*secret_empty/);
  await page.selectOption("#endpoint", "pivot");
  assert.match(await verdict(), /^Refused\n/);

  await page.evaluate(() => fetch("/").catch(() => {}));
  assert.match(faults.shift() ?? "", /violates the following Content Security Policy/);
  assert.deepEqual(
    faults.filter((fault) => !/violates|Refused to connect|Fetch API cannot load/.test(fault)),
    [],
  );
});
