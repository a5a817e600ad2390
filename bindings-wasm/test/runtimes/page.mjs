// Runs the test app in a page and in a worker of a browser, and stores its results in a global.

import { fetch as receive, vectors } from "./app.mjs";

async function run() {
  const delivery = await fetch("/delivery");
  const body = await delivery.text();
  const answers = [];
  for (const [sent, headers] of [
    [body, delivery.headers],
    [`${body} `, delivery.headers],
    [body, {}],
  ]) {
    const request = new Request("/", { method: "POST", body: sent, headers });
    const response = await receive(request);
    answers.push([response.status, await response.text()]);
  }
  return { ...vectors(), answers };
}

const results = run();
if (typeof document === "undefined") {
  void results.then(postMessage);
} else {
  globalThis.results = results;
}
