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
import * as queue from "pivotal-webhooks-wasm/queue";
import * as receiving from "pivotal-webhooks-wasm/receiving";
import { onceSuite } from "../../bindings-node/test/suites/once.mjs";

const receivers = { express, fastify, fetch, hono, koa, lambda, next, "node-http": nodeHttp };

onceSuite(pkg, idempotency, queue, receiving, receivers);
