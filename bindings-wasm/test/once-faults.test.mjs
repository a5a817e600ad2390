import * as pkg from "pivotal-webhooks-wasm";
import * as express from "pivotal-webhooks-wasm/express";
import * as fastify from "pivotal-webhooks-wasm/fastify";
import * as fetch from "pivotal-webhooks-wasm/fetch";
import * as hono from "pivotal-webhooks-wasm/hono";
import * as idempotency from "pivotal-webhooks-wasm/idempotency";
import * as koa from "pivotal-webhooks-wasm/koa";
import * as lambda from "pivotal-webhooks-wasm/lambda";
import * as next from "pivotal-webhooks-wasm/next";
import * as nodeHttp from "pivotal-webhooks-wasm/node-http";
import * as testing from "pivotal-webhooks-wasm/testing";
import { onceFaultsSuite } from "../../bindings-node/test/suites/once-faults.mjs";

const receivers = { express, fastify, fetch, hono, koa, lambda, next, "node-http": nodeHttp };

onceFaultsSuite(pkg, idempotency, testing, receivers);
