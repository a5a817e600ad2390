// Runs the receivers that the senders document, with only the import changed, over real sockets.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { after, describe, test } from "node:test";
import express from "express";
import { freezeDate } from "../support/clock.mjs";
import { NOW, SECRET, svixHeaders, svixSignature } from "../support/sender.mjs";

const EVENT = { id: "evt_1", type: "customer.at_risk", data: { object: { name: "Zoë · 東京" } } };
const BODY = JSON.stringify(EVENT);
const OK = [200, "ok"];
const REFUSED = [401, "invalid signature"];

function expressReceiver({ Webhook }, print) {
  const app = express();
  const wh = new Webhook(SECRET);

  app.post("/webhooks/pivotal", express.raw({ type: "application/json" }), (req, res) => {
    let event;
    try {
      event = wh.verify(req.body, {
        "svix-id": req.header("svix-id"),
        "svix-timestamp": req.header("svix-timestamp"),
        "svix-signature": req.header("svix-signature"),
      });
    } catch {
      return res.status(401).send("invalid signature");
    }
    print(`${event.type} · ${event.id}`);
    res.status(200).send("ok");
  });
  return app;
}

function httpReceiver({ Webhook }, print) {
  const wh = new Webhook(SECRET);

  return (req, res) => {
    if (req.method !== "POST") {
      res.writeHead(405).end();
      return;
    }
    let body = "";
    req.setEncoding("utf8");
    req.on("data", (chunk) => {
      body += chunk;
    });
    req.on("end", () => {
      try {
        const event = wh.verify(body, {
          "svix-id": req.headers["svix-id"],
          "svix-timestamp": req.headers["svix-timestamp"],
          "svix-signature": req.headers["svix-signature"],
        });
        print(`${event.type} · ${event.id}`);
        res.writeHead(200).end("ok");
      } catch {
        res.writeHead(401).end("invalid signature");
      }
    });
  };
}

export function httpSuite(pkg) {
  freezeDate();
  for (const [name, receiver] of [
    ["the Express receiver", expressReceiver],
    ["the node:http receiver", httpReceiver],
  ]) {
    describe(name, async () => {
      const printed = [];
      const port = await listen(receiver(pkg, (line) => printed.push(line)));
      const url = `http://127.0.0.1:${port}/webhooks/pivotal`;
      const post = async (body, headers) => {
        const response = await fetch(url, {
          method: "POST",
          headers: { "content-type": "application/json", ...headers },
          body,
        });
        return [response.status, await response.text()];
      };
      const fresh = () => svixHeaders({ body: BODY });

      test("takes what the sender signed, and prints it", async () => {
        printed.length = 0;
        assert.deepEqual(await post(BODY, fresh()), OK);
        assert.deepEqual(printed, ["customer.at_risk · evt_1"]);
      });

      test("takes a delivery in either half of a rotation", async () => {
        const old = svixSignature({ body: BODY, key: Buffer.alloc(24, 9) });
        const headers = fresh();
        const signature = headers["svix-signature"];
        for (const both of [`${old} ${signature}`, `${signature} ${old}`, `${old},${signature}`]) {
          assert.deepEqual(await post(BODY, { ...headers, "svix-signature": both }), OK);
        }
        assert.deepEqual(await post(BODY, { ...headers, "svix-signature": old }), REFUSED);
      });

      test("refuses everything else with one answer", async () => {
        printed.length = 0;
        const stale = svixHeaders({ at: NOW - 302, body: BODY });
        const early = svixHeaders({ at: NOW + 3600, body: BODY });
        const list = Buffer.from("[]");
        for (const [body, headers] of [
          [BODY, {}],
          [`${BODY} `, fresh()],
          [JSON.stringify(EVENT, null, 1), fresh()],
          ["", fresh()],
          [BODY, stale],
          [BODY, early],
          [list, svixHeaders({ body: list })],
          ...["svix-id", "svix-timestamp", "svix-signature"].flatMap((name) => [
            [BODY, { ...fresh(), [name]: "" }],
            [BODY, { ...fresh(), [name]: "1" }],
            [BODY, Object.fromEntries(Object.entries(fresh()).filter(([key]) => key !== name))],
          ]),
        ]) {
          assert.deepEqual(await post(body, headers), REFUSED);
        }
        assert.deepEqual(printed, []);
      });

      test("refuses what isn't posted", async () => {
        const { status } = await fetch(url);
        assert.equal(status, receiver === httpReceiver ? 405 : 404);
      });

      test("reads names in any letter case, and refuses headers that arrive twice", async () => {
        const lines = (headers) =>
          Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
        const loud = lines(fresh()).map((line) => line.replace(/^[^:]+/, (n) => n.toUpperCase()));
        assert.equal(await rawPost(port, loud), 200);
        for (const name of Object.keys(fresh())) {
          const headers = lines(fresh());
          const again = headers.find((line) => line.startsWith(name));
          // Node joins the two lines; only a signature header may hold a list.
          const joined = name === "svix-signature" ? 200 : 401;
          assert.equal(await rawPost(port, [...headers, again]), joined);
          assert.equal(await rawPost(port, [...headers, `${name}: 1`]), joined);
          assert.equal(await rawPost(port, [`${name}: 1`, ...headers]), joined);
        }
      });

      test("takes a body in many chunks", async () => {
        const bytes = Buffer.from(BODY);
        const stream = new ReadableStream({
          start(controller) {
            for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
            controller.close();
          },
        });
        const response = await fetch(url, {
          method: "POST",
          headers: { "content-type": "application/json", ...fresh() },
          body: stream,
          duplex: "half",
        });
        assert.equal(response.status, 200);
      });
    });
  }

  test("each line of a repeated header counts where the host keeps them apart", async () => {
    const wh = new pkg.Webhook(SECRET);
    const codes = [];
    const port = await listen((req, res) => {
      req.resume().on("end", () => {
        const raw = req.rawHeaders.flatMap((name, index, all) =>
          index % 2 === 0 ? [[name, all[index + 1]]] : [],
        );
        for (const headers of [req.headersDistinct, raw]) {
          try {
            wh.verify(BODY, headers);
            codes.push("accepted");
          } catch (error) {
            codes.push(error.code, error.header);
          }
        }
        res.end();
      });
    });
    const headers = svixHeaders({ body: BODY });
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    await rawPost(port, [...lines, `Svix-Id: ${headers["svix-id"]}`]);
    await rawPost(port, [...lines, "Svix-Id: msg_2"]);
    assert.deepEqual(codes, [
      ...["header_duplicated", "svix-id", "header_duplicated", "svix-id"],
      ...["header_duplicated", "svix-id", "header_duplicated", "svix-id"],
    ]);
  });

  test("a body that a JSON parser ate is refused, and the error says so", async () => {
    const wh = new pkg.Webhook(SECRET);
    const app = express();
    const messages = [];
    app.post("/", express.json(), (req, res) => {
      try {
        wh.verify(req.body, req.headers);
        res.send("ok");
      } catch (error) {
        messages.push(error.message);
        res.status(401).send("invalid signature");
      }
    });
    const port = await listen(app);
    for (const type of ["application/json", "text/plain"]) {
      const response = await fetch(`http://127.0.0.1:${port}/`, {
        method: "POST",
        headers: { "content-type": type, ...svixHeaders({ body: BODY }) },
        body: BODY,
      });
      assert.equal(response.status, 401);
    }
    assert.match(messages[0], /^body is a parsed object; .*express\.raw/);
    assert.match(messages[1], /^body is undefined; .*express\.raw/);
  });
}

async function listen(receiver) {
  const server = createServer(receiver).listen(0, "127.0.0.1");
  after(() => server.close());
  await once(server, "listening");
  return server.address().port;
}

/** Posts the body with these very header lines, and answers the status. */
async function rawPost(port, lines) {
  const socket = connect(port, "127.0.0.1");
  const body = Buffer.from(BODY);
  socket.write(
    [
      "POST /webhooks/pivotal HTTP/1.1",
      "Host: 127.0.0.1",
      "Content-Type: application/json",
      `Content-Length: ${body.length}`,
      "Connection: close",
      ...lines,
      "",
      "",
    ].join("\r\n"),
  );
  socket.write(body);
  let answer = "";
  for await (const chunk of socket) answer += chunk;
  return Number(answer.split(" ")[1]);
}
