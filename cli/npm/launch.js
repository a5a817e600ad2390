#!/usr/bin/env node
// Runs the tool, which is in the package for this platform, with the arguments, the streams and the
// signals of this process, and ends as the tool ends.

"use strict";

const { spawn } = require("node:child_process");

const NAME = "pivotal-webhooks-cli";
const FILE = process.platform === "win32" ? "pivotal-webhooks.exe" : "pivotal-webhooks";

/**
 * What the names of a platform's packages end with. Where a package manager has installed both packages
 * of Linux, the first one is taken: it is linked statically, so that it needs no musl.
 */
const ABIS = { linux: ["-musl", "-gnu"], win32: ["-msvc"] };

const PLATFORM = `${process.platform}-${process.arch}`;

function tool() {
  for (const abi of ABIS[process.platform] ?? [""]) {
    try {
      return require.resolve(`${NAME}-${PLATFORM}${abi}/${FILE}`);
    } catch (cause) {
      if (cause.code !== "MODULE_NOT_FOUND") throw cause;
    }
  }
  return undefined;
}

function fail(message, help) {
  console.error(`error: ${message}\nhelp: ${help}`);
  process.exitCode = 1;
}

function run(file) {
  const child = spawn(file, process.argv.slice(2), { stdio: "inherit" });
  const forward = (signal) => child.kill(signal);
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, forward);
  child.on("error", (cause) => {
    fail(`${file} can't be started: ${cause.message}`, `install the package ${NAME} again`);
  });
  child.on("exit", (code, signal) => {
    for (const each of signals) process.off(each, forward);
    if (signal) process.kill(process.pid, signal);
    else process.exitCode = code;
  });
}

const file = tool();
if (file) {
  run(file);
} else {
  fail(
    `the package ${NAME} finds no program for this platform, ${PLATFORM}`,
    `install ${NAME} again on this system, with its optional dependencies, which are the programs. ` +
      "If it has none for this platform, `cargo install pivotal-webhooks-cli` compiles one",
  );
}
