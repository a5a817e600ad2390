// Runs cases from the standard input, each a JSON object in a line, in the form of the vectors:
// `node differential.mjs pivotal-webhooks`, with the name of a package. `--plain` passes the body as bytes
// and as a string only, for series that are about what is in the body.

import { createInterface } from "node:readline";
import { problemsOf } from "./support/vectors.mjs";

const [name, plain] = process.argv.slice(2);
const PLAIN = ["a Uint8Array", "a string"];
const isWanted = (shape) => plain === undefined || PLAIN.includes(shape);
const pkg = { ...(await import(name)), ...(await import(`${name}/queue`)) };

let count = 0;
for await (const line of createInterface({ input: process.stdin })) {
  const testCase = JSON.parse(line);
  const problems = problemsOf(pkg, testCase, isWanted);
  if (problems.length > 0) {
    console.log(testCase.name, problems.join("\n"), line);
    process.exit(1);
  }
  count += 1;
}
console.log(count);
