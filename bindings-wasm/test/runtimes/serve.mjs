// Serves the test app in Bun, Deno or Node, and prints its address.

import { fetch } from "./app.mjs";

const hostname = "127.0.0.1";
const listening = (port) => console.log(`http://${hostname}:${port}/`);

if (typeof Bun !== "undefined") {
  listening(Bun.serve({ hostname, port: 0, fetch }).port);
} else if (typeof Deno !== "undefined") {
  Deno.serve({ hostname, port: 0, onListen: ({ port }) => listening(port) }, fetch);
} else {
  void import("node:http").then(({ createServer }) => {
    const server = createServer(async (req, res) => {
      const { method, headers } = req;
      const chunks = [];
      for await (const chunk of req) chunks.push(chunk);
      const body = method === "POST" ? Buffer.concat(chunks) : undefined;
      const response = await fetch(new Request("http://localhost/", { method, headers, body }));
      res.writeHead(response.status).end(await response.text());
    });
    server.listen(0, hostname, () => listening(server.address().port));
  });
}
