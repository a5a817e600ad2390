// Starts each receiver in its framework and server.

import { once } from "node:events";
import http1 from "node:http";
import http2 from "node:http2";
import { serve } from "@hono/node-server";
import express5 from "express";
import express4 from "express4";
import Fastify from "fastify";
import { Hono } from "hono";
import Koa from "koa";
import { nextServer } from "./next.mjs";

/** The path of the webhook in every host. */
export const PATH = "/webhooks/pivotal";

export const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/**
 * What a host does besides receiving.
 *
 * @typedef {object} Watch
 * @property {(error: unknown) => void} error - Called with what the framework's error handler gets.
 * @property {(read: () => unknown) => void} came - Called when a request has come, with a function that
 *   returns what the receiver keeps of its body.
 * @property {(read: () => Promise<string>) => unknown} after - Called when the receiver is done, as a
 *   logger or an error tracker would be, with a function that reads the body in the host's way. Where
 *   the host can wait for it before it answers, it does.
 */

/**
 * By name: a server of one receiver that is not listening yet, unless its framework makes it listen.
 * The last argument makes the server: `createServer` of `node:http` or of `node:http2`.
 */
export const HOSTS = {
  "node:http": (from, receive, watch, createServer) => {
    const listener = receive(from["node-http"]);
    return createServer((request, response) => {
      watch.came(() => request.rawBody);
      response.once("finish", () => watch.after(() => textOf(request)));
      listener(request, response);
    });
  },
  "Express 4": (from, receive, watch) => expressServer(express4, receive(from.express), watch),
  "Express 5": (from, receive, watch) => expressServer(express5, receive(from.express), watch),
  Fastify: async (from, receive, watch, createServer) => {
    const app = Fastify({ http2: createServer === http2.createServer });
    app.addHook("onRequest", async (request) => watch.came(() => request.rawBody));
    app.addHook("onError", async (_request, _reply, error) => watch.error(error));
    app.addHook("onSend", async ({ raw }, _reply, payload) => {
      await watch.after(() => textOf(raw));
      return payload;
    });
    app.route({ method: METHODS, url: PATH, ...receive(from.fastify) });
    await app.ready();
    return app.server;
  },
  Koa: (from, receive, watch, createServer) => {
    const app = new Koa();
    app.silent = true;
    app.on("error", watch.error);
    app.use(async ({ req, request }, next) => {
      watch.came(() => request.rawBody);
      try {
        await next();
      } finally {
        await watch.after(() => textOf(req));
      }
    });
    return createServer(app.use(receive(from.koa)).callback());
  },
  Next: (from, receive, watch) => {
    const route = receive(from.next);
    return nextServer({
      default: async (request, response) => {
        watch.came(() => request.rawBody);
        try {
          await route(request, response);
        } catch (error) {
          watch.error(error);
          throw error;
        } finally {
          await watch.after(() => textOf(request));
        }
      },
      config: { api: { bodyParser: false } },
    });
  },
  Hono: (from, receive, watch, createServer) => {
    const app = new Hono();
    app.onError((error, context) => {
      watch.error(error);
      return context.text("no", 500);
    });
    app.use(async ({ req }, next) => {
      watch.came(() => req.text());
      await next();
      await watch.after(() => req.text());
    });
    return serve({ fetch: app.all(PATH, receive(from.hono)).fetch, port: 0, createServer });
  },
  "a fetch handler": (from, receive, watch, createServer) => {
    const handler = receive(from.fetch);
    const handle = async (request) => {
      watch.came(() => request.text());
      try {
        return await handler(request);
      } catch (error) {
        watch.error(error);
        throw error;
      } finally {
        await watch.after(() => request.text());
      }
    };
    return serve({ fetch: handle, port: 0, createServer });
  },
};

/** These hosts pass a `Headers`, which joins the lines of one name. */
export const JOINS = ["Hono", "a fetch handler"];

/** These hosts can serve HTTP/2. Express can't, and Next puts its own server of HTTP/1 in front. */
export const OVER_HTTP2 = ["node:http", "Fastify", "Koa", ...JOINS];

/** Starts the receiver that `receive` makes of a subpath, in a host. */
export async function started(
  name,
  from,
  receive,
  { error = () => {}, came = () => {}, after = () => {} } = {},
  { createServer } = http1,
) {
  const server = await HOSTS[name](from, receive, { error, came, after }, createServer);
  if (!server.listening) await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    port: server.address().port,
    /**
     * Resolves when the next request has come and its receiver has read what came of the body.
     *
     * @param length - How much of the body comes. More than 0 waits until some of it was read.
     * @param received - How many bytes of the connection the server must have received.
     */
    async hasRead(length, received = 0) {
      const [request] = await once(server, "request");
      const { socket } = request;
      const isRead = () =>
        socket.bytesRead >= received &&
        request.readableLength === 0 &&
        (length === 0 || request.readableDidRead);
      if (!isRead()) await changes(request, isRead);
    },
    stop() {
      server.closeAllConnections?.();
      server.close();
    },
  };
}

/** Resolves when this holds after a piece was added to a stream or taken from it. */
function changes(stream, holds) {
  return new Promise((resolve) => {
    for (const name of ["push", "read"]) {
      const original = stream[name];
      stream[name] = (...given) => {
        const result = original.apply(stream, given);
        if (holds()) resolve();
        return result;
      };
    }
  });
}

/** Express, with a route behind the receiver that answers 200 to everything. */
function expressServer(express, handler, watch) {
  const app = express();
  app.use((request, response, next) => {
    watch.came(() => request.rawBody);
    response.once("finish", () => watch.after(() => textOf(request)));
    next();
  });
  app.all(PATH, handler);
  app.use((_request, response) => response.send("fallback"));
  app.use((error, _request, response, _next) => {
    watch.error(error);
    response.sendStatus(500);
  });
  return http1.createServer(app);
}

/** All that is left to read of a stream, with events, as older libraries read it. */
function textOf(stream) {
  return new Promise((resolve, reject) => {
    const pieces = [];
    // A stream whose sender has hung up emits nothing more.
    if (stream.readableAborted) resolve("");
    stream.on("data", (piece) => pieces.push(piece));
    stream.on("end", () => resolve(Buffer.concat(pieces).toString()));
    stream.on("error", reject);
  });
}
