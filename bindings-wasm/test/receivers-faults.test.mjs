import * as pkg from "pivotal-webhooks-wasm";
import * as express from "pivotal-webhooks-wasm/express";
import * as fastify from "pivotal-webhooks-wasm/fastify";
import * as fetch from "pivotal-webhooks-wasm/fetch";
import * as hono from "pivotal-webhooks-wasm/hono";
import * as koa from "pivotal-webhooks-wasm/koa";
import * as lambda from "pivotal-webhooks-wasm/lambda";
import * as next from "pivotal-webhooks-wasm/next";
import * as nodeHttp from "pivotal-webhooks-wasm/node-http";
import * as receiving from "pivotal-webhooks-wasm/receiving";
import { receiversFaultsSuite } from "../../bindings-node/test/suites/receivers-faults.mjs";

const subpaths = { express, fastify, fetch, hono, koa, next, "node-http": nodeHttp };

receiversFaultsSuite(pkg, subpaths, lambda, receiving);
