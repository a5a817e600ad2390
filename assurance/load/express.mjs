// A receiver for Express. It prints its port, and the id of the process to measure.

import express from "express";
import { Webhook } from "pivotal-webhooks";
import { webhookHandler } from "pivotal-webhooks/express";

const { SECRET, MAX_BODY, AT } = process.env;
const webhook = new Webhook(SECRET, { maxBody: Number(MAX_BODY), clock: () => Number(AT) });
const app = express();
app.post(
  "/",
  webhookHandler(webhook, (_event, _request, response) => response.send("ok"), {
    onOutcome: () => {},
  }),
);
const server = app.listen(0, "127.0.0.1", 2048, () => {
  console.log(server.address().port, process.pid);
});
