import * as pkg from "pivotal-webhooks-wasm";
import * as diagnosis from "pivotal-webhooks-wasm/diagnosis";
import * as express from "pivotal-webhooks-wasm/express";
import * as fastify from "pivotal-webhooks-wasm/fastify";
import * as fetch from "pivotal-webhooks-wasm/fetch";
import * as hono from "pivotal-webhooks-wasm/hono";
import * as koa from "pivotal-webhooks-wasm/koa";
import * as lambda from "pivotal-webhooks-wasm/lambda";
import * as next from "pivotal-webhooks-wasm/next";
import * as nodeHttp from "pivotal-webhooks-wasm/node-http";
import { onFailureSuite } from "../../bindings-node/test/suites/on-failure.mjs";

const receivers = { express, fastify, fetch, hono, koa, lambda, next, "node-http": nodeHttp };

onFailureSuite(pkg, diagnosis, receivers);
