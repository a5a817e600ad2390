// Imitates Next's server around an API route of the pages router, as far as a receiver depends on it.

import { createServer } from "node:http";

/** A server of one route, which is a module with `default` and, perhaps, `config`. */
export function nextServer({ default: route, config }) {
  return createServer(async (request, response) => {
    try {
      if (config?.api?.bodyParser !== false) request.body = await parsedBody(request);
      await route(request, response);
    } catch {
      response.writeHead(500).end("Internal Server Error");
    }
  });
}

async function parsedBody(request) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  const text = Buffer.concat(pieces).toString();
  const type = request.headers["content-type"] ?? "text/plain";
  return type.startsWith("application/json") ? JSON.parse(text || "{}") : text;
}
