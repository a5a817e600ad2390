// Runs a module of docs/queues.md, for tests that kill this process: `serve MODULE` serves its listener
// and prints the port; `work MODULE` starts its worker.
//
// An answer to a request with the header `x-never-answer` does not leave: when its handler has returned, a
// line is printed.

import { createServer } from "node:http";
import { pathToFileURL } from "node:url";

const [task, path] = process.argv.slice(2);
const jobs = await import(pathToFileURL(path));

if (task === "work") {
  await jobs.startWorker();
} else {
  const server = createServer((request, response) => {
    if ("x-never-answer" in request.headers) {
      response.writeHead = () => response;
      response.end = () => console.log("the job is written");
    }
    jobs.listener(request, response);
  });
  server.listen(0, "127.0.0.1", () => console.log(server.address().port));
}
