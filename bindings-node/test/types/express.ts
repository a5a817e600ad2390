// The documented Express handler, with only the import changed.

import express from "express";
import { Webhook } from "pivotal-webhooks";

const app = express();
const wh = new Webhook(process.env["PIVOTAL_WEBHOOK_SECRET"]!);

app.post("/webhooks/pivotal", express.raw({ type: "application/json" }), (req, res) => {
  let event: { type: string; id: string };
  try {
    event = wh.verify(req.body, {
      "svix-id": req.header("svix-id"),
      "svix-timestamp": req.header("svix-timestamp"),
      "svix-signature": req.header("svix-signature"),
    }) as typeof event;
  } catch {
    return void res.status(401).send("invalid signature");
  }
  console.log(`${event.type} · ${event.id}`);
  res.status(200).send("ok");
});

app.post("/strict", express.raw({ type: "application/json" }), (req, res) => {
  wh.verify(req.body, {
    "svix-id": req.header("svix-id")!,
    "svix-timestamp": req.header("svix-timestamp")!,
    "svix-signature": req.header("svix-signature")!,
  });
  wh.verify(req.body, req.headers);
  wh.verify(req.body, req.headersDistinct);
  wh.verify(req.body, req.headers as Record<string, string>);
  res.sendStatus(200);
});
