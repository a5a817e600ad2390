import * as pkg from "pivotal-webhooks";
import * as express from "pivotal-webhooks/express";
import * as fastify from "pivotal-webhooks/fastify";
import * as fetch from "pivotal-webhooks/fetch";
import * as hono from "pivotal-webhooks/hono";
import * as idempotency from "pivotal-webhooks/idempotency";
import * as koa from "pivotal-webhooks/koa";
import * as lambda from "pivotal-webhooks/lambda";
import * as next from "pivotal-webhooks/next";
import * as nodeHttp from "pivotal-webhooks/node-http";
import * as testing from "pivotal-webhooks/testing";
import { onceFaultsSuite } from "./suites/once-faults.mjs";

const receivers = { express, fastify, fetch, hono, koa, lambda, next, "node-http": nodeHttp };

onceFaultsSuite(pkg, idempotency, testing, receivers);
