// Starts Chromium without a window and without network services.

import { after } from "node:test";
import { chromium } from "playwright-core";
import { fromXtask } from "../../../bindings-node/test/support/files.mjs";

/** A browser with a new profile, until the tests are over. */
export async function launch() {
  const browser = await chromium.launch({
    executablePath: fromXtask("CHROMIUM"),
    args: [
      ...["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
      ...["--disable-component-update", "--disable-sync"],
    ],
  });
  after(() => browser.close());
  return browser;
}
