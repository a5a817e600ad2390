// Requests written to a socket as bytes, so that no client library changes their headers.

import { once } from "node:events";
import http2 from "node:http2";
import { connect } from "node:net";

/** Header lines of an object, or of pairs. */
export function lines(headers) {
  const pairs = Array.isArray(headers) ? headers : Object.entries(headers);
  return pairs.map(([name, value]) => `${name}: ${value}`);
}

/** Sends a request with these header lines and its length, and reads the answer. */
export async function send(port, path, body, headers, { method = "POST" } = {}) {
  const bytes = Buffer.from(body);
  const socket = await open(port);
  socket.write(head(method, path, [`content-length: ${bytes.length}`, ...lines(headers)]));
  socket.write(bytes);
  return answerOf(socket);
}

/** Sends a body in these chunks and reads the answer. */
export async function chunked(port, path, pieces, headers) {
  const socket = await open(port);
  socket.write(head("POST", path, ["transfer-encoding: chunked", ...lines(headers)]));
  for (const piece of [...pieces, ""]) {
    const bytes = Buffer.from(piece);
    socket.write(`${bytes.length.toString(16)}\r\n`);
    socket.write(bytes);
    socket.write("\r\n");
  }
  return answerOf(socket);
}

/**
 * Sends a body of ASCII text in chunks of one byte and reads the answer. The last chunk is sent when
 * the receiver has read all others and `beforeLast` has been called.
 */
export async function trickle({ port, hasRead }, path, body, headers, beforeLast) {
  const start = head("POST", path, ["transfer-encoding: chunked", ...lines(headers)]);
  const chunks = Buffer.from(body.replaceAll(/./gs, "1\r\n$&\r\n"));
  const read = hasRead(body.length - 1, start.length + chunks.length - 6);
  const socket = await open(port);
  socket.write(start);
  socket.write(chunks.subarray(0, -6));
  await read;
  beforeLast();
  socket.write(chunks.subarray(-6));
  socket.write("0\r\n\r\n");
  return answerOf(socket);
}

/** Announces a body of this many bytes, sends none, and reads the answer. */
export async function announce(port, path, length) {
  const socket = await open(port);
  socket.write(head("POST", path, [`content-length: ${length}`]));
  return answerOf(socket);
}

/** Sends a body in chunks until the server closes the connection; its answer, if any, and what was sent. */
export async function pour(port, path, most, onPiece) {
  const socket = await open(port);
  const piece = Buffer.alloc(65_536, " ");
  socket.write(head("POST", path, ["transfer-encoding: chunked"]));
  const answer = answerOf(socket).catch(() => undefined);
  let stopped = false;
  socket.once("close", () => (stopped = true));
  let sent = 0;
  while (sent < most && !stopped) {
    const flushed = socket.write(Buffer.concat([Buffer.from("10000\r\n"), piece, CRLF]));
    sent += piece.length;
    onPiece();
    if (!flushed) {
      await Promise.race([once(socket, "drain"), once(socket, "close")]).catch(() => {});
    }
  }
  socket.destroy();
  return { answer: await answer, sent };
}

/** Announces a body, sends one byte of it, and hangs up when the receiver has read it. */
export async function leave({ port, hasRead }, path) {
  const read = hasRead(1);
  const socket = await open(port);
  socket.write(head("POST", path, ["content-length: 1000"]));
  socket.write("{");
  await read;
  socket.destroy();
}

/**
 * HTTP/2: sends the head of a request and these first bytes of its body, and resets the stream when the
 * receiver has read them. Returns a function that closes the connection.
 */
export async function reset({ port, hasRead }, path, start, errorCode) {
  const read = hasRead(start.length);
  const socket = await open(port);
  socket.resume();
  const fields = { ":method": "POST", ":path": path, ":scheme": "http", ":authority": "localhost" };
  // Written by hand, since Node's client ends the body before it resets.
  const headers = Object.entries(fields).map(([name, value]) =>
    Buffer.from([0, name.length, ...Buffer.from(name), value.length, ...Buffer.from(value)]),
  );
  socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  socket.write(frame(SETTINGS, 0, 0, []));
  socket.write(frame(HEADERS, END_HEADERS, 1, Buffer.concat(headers)));
  if (start !== "") socket.write(frame(DATA, 0, 1, Buffer.from(start)));
  await read;
  socket.write(frame(RST_STREAM, 0, 1, [0, 0, 0, errorCode]));
  return () => socket.destroy();
}

/** HTTP/2: sends a request on a connection of its own; the status of the answer. */
export async function sendOverHttp2(port, path, body, headers) {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  try {
    const request = session.request({ ":method": "POST", ":path": path, ...headers });
    request.resume().end(body);
    const [answer] = await once(request, "response");
    await once(request, "close");
    return answer[":status"];
  } finally {
    session.destroy();
  }
}

const [DATA, HEADERS, RST_STREAM, SETTINGS] = [0, 1, 3, 4];
const END_HEADERS = 4;

function frame(type, flags, stream, payload) {
  return Buffer.from([0, 0, payload.length, type, flags, 0, 0, 0, stream, ...payload]);
}

const CRLF = Buffer.from("\r\n");

async function open(port) {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

function head(method, path, lines) {
  const fixed = [`${method} ${path} HTTP/1.1`, "host: 127.0.0.1", "connection: close"];
  // One byte per character, as header bytes beyond ASCII are sent.
  return Buffer.from([...fixed, ...lines, "", ""].join("\r\n"), "latin1");
}

/** The first answer on a socket. */
async function answerOf(socket) {
  let received = Buffer.alloc(0);
  for await (const piece of bytesOf(socket)) {
    received = Buffer.concat([received, piece]);
    const answer = parsed(received);
    if (answer !== undefined) {
      socket.destroy();
      return answer;
    }
  }
  return parsed(received, true);
}

async function* bytesOf(socket) {
  try {
    yield* socket;
  } catch {
    // A connection that is reset may have sent an answer before.
  }
}

function parsed(bytes, ended = false) {
  const at = bytes.indexOf("\r\n\r\n");
  if (at < 0) return undefined;
  const [start, ...rest] = bytes.toString("latin1", 0, at).split("\r\n");
  const headers = rest.map((line) => {
    const [name] = line.split(":", 1);
    return [name.toLowerCase(), line.slice(name.length + 1).trim()];
  });
  const length = Number(new Map(headers).get("content-length"));
  const body = bytes.subarray(at + 4);
  if (!ended && !(body.length >= length)) return undefined;
  return { status: Number(start.split(" ")[1]), headers, body: body.toString() };
}

/** Sends this on one connection and reads every answer, until the server closes it. */
export async function exchange(port, sent) {
  const socket = await open(port);
  let received = "";
  const closed = (async () => {
    for await (const piece of bytesOf(socket)) received += piece.toString("latin1");
  })();
  for (const piece of sent) if (!socket.destroyed) socket.write(piece);
  await closed;
  socket.destroy();
  const starts = [...received.matchAll(/HTTP\/1\.1 (\d+)[^]*?\r\n\r\n/g)];
  return starts.map(([all, status]) => {
    const [, connection] = /^connection: (.*)\r$/im.exec(all) ?? [];
    return { status: Number(status), connection: connection?.toLowerCase() };
  });
}
