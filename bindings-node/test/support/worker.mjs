// A worker thread: reports that it is ready, verifies a given number of times, and reports how many
// results were right.

import { parentPort, workerData } from "node:worker_threads";

const { packageUrl, secret, now, body, headers } = workerData;

// No top-level await: V8 aborts the process if a thread is terminated in one.
void import(packageUrl).then(({ Webhook }) => {
  const webhook = new Webhook(secret, { clock: () => now });
  parentPort.on("message", (times) => {
    let right = 0;
    for (let call = 0; call < times; call += 1) {
      if (webhook.verify(body, headers).id === "evt_1") right += 1;
      try {
        webhook.verify(`${body} `, headers);
      } catch (error) {
        if (error.code !== "signature_mismatch") throw error;
      }
    }
    parentPort.postMessage(right);
  });
  parentPort.postMessage("ready");
});
