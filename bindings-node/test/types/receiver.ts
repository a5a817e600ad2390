// The receiver of the quickstart, with only the import changed.

import { createServer } from "node:http";
import { Webhook } from "pivotal-webhooks";

const wh = new Webhook(process.env["PIVOTAL_WEBHOOK_SECRET"]!);

createServer((req, res) => {
  if (req.method !== "POST") {
    res.writeHead(405).end();
    return;
  }
  let body = "";
  req.on("data", (chunk) => {
    body += chunk;
  });
  req.on("end", () => {
    try {
      const event = wh.verify(body, {
        "svix-id": req.headers["svix-id"],
        "svix-timestamp": req.headers["svix-timestamp"],
        "svix-signature": req.headers["svix-signature"],
      }) as { type: string; id: string };
      console.log(`${event.type} · ${event.id}`);
      res.writeHead(200).end();
    } catch {
      res.writeHead(401).end("invalid signature");
    }
  });
}).listen(3000);
