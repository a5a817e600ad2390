// The test app: runs all vectors, and receives deliveries over HTTP. Each runtime under test starts it.

import * as pkg from "package-under-test";
import { webhookHandler } from "package-under-test/fetch";
import * as queue from "package-under-test/queue";
import { cases } from "vectors";
import { problemsOf } from "../../../bindings-node/test/support/vectors.mjs";

/** How many vectors were run, and what was wrong. */
export function vectors() {
  const failures = [];
  let count = 0;
  for (const testCase of cases) {
    const problems = problemsOf({ ...pkg, ...queue }, testCase);
    if (problems.length > 0) failures.push({ name: testCase.name, problems });
    count += 1;
  }
  return { count, failures };
}

// The default clock of a webhook reads it.
Date.now = () => NOW * 1000;

const receive = webhookHandler(
  new pkg.Webhook(SECRET),
  ({ type, object }) => new Response(`${type} · ${object.name}`),
  { onOutcome() {} },
);

export async function fetch(request) {
  return request.method === "GET" ? Response.json(vectors()) : receive(request);
}
