// A TCP proxy that loses an answer of a server when a test says so.

import { once } from "node:events";
import { connect, createServer } from "node:net";

/**
 * Passes connections on to a port of this machine. After `loseNextAnswer()` it closes a connection
 * instead of passing on the next answer of the server; `lost()` counts these answers.
 */
export async function losingProxy(port) {
  const sockets = new Set();
  let loses = false;
  let lost = 0;
  const proxy = createServer((client) => {
    const server = connect(port, "127.0.0.1");
    for (const [one, other] of [
      [client, server],
      [server, client],
    ]) {
      sockets.add(one);
      one.on("error", () => {});
      one.on("close", () => {
        other.destroy();
        sockets.delete(one);
      });
    }
    client.on("data", (data) => server.write(data));
    server.on("data", (data) => {
      if (!loses) {
        client.write(data);
        return;
      }
      loses = false;
      lost += 1;
      client.destroy();
    });
  });
  await once(proxy.listen(0, "127.0.0.1"), "listening");
  return {
    port: proxy.address().port,
    loseNextAnswer: () => {
      loses = true;
    },
    lost: () => lost,
    stop: () => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
    },
  };
}
