// Signs deliveries with Node's own crypto, so that the tests share no code with the core.

import { createHmac, randomBytes } from "node:crypto";

export const NOW = 1_774_000_000;

export const KEY = randomBytes(24);
export const SECRET = `whsec_${KEY.toString("base64")}`;

export function svixSignature({ id = "msg_1", at = NOW, body = "{}", key = KEY } = {}) {
  const mac = createHmac("sha256", key).update(`${id}.${at}.`).update(body).digest("base64");
  return `v1,${mac}`;
}

export function svixHeaders({ id = "msg_1", at = NOW, body = "{}", key = KEY } = {}) {
  return {
    "svix-id": id,
    "svix-timestamp": `${at}`,
    "svix-signature": svixSignature({ id, at, body, key }),
  };
}

export function pivotalHeaders({ at = NOW, body = "{}", key = Buffer.from(SECRET) } = {}) {
  const mac = createHmac("sha256", key).update(`${at}.`).update(body).digest("base64");
  return { "pivotal-signature": `v1,t=${at},sig=${mac}` };
}

export function pivotHeaders({ body = "{}", key = Buffer.from(SECRET) } = {}) {
  return { "x-pivot-signature": createHmac("sha256", key).update(body).digest("hex") };
}

/** The system's time, for programs without a clock of their own. */
export function unixNow() {
  return Math.floor(Date.now() / 1000);
}
