import * as pkg from "pivotal-webhooks";
import * as diagnosis from "pivotal-webhooks/diagnosis";
import * as express from "pivotal-webhooks/express";
import * as fastify from "pivotal-webhooks/fastify";
import * as fetch from "pivotal-webhooks/fetch";
import * as hono from "pivotal-webhooks/hono";
import * as koa from "pivotal-webhooks/koa";
import * as lambda from "pivotal-webhooks/lambda";
import * as next from "pivotal-webhooks/next";
import * as nodeHttp from "pivotal-webhooks/node-http";
import { onFailureSuite } from "./suites/on-failure.mjs";

const receivers = { express, fastify, fetch, hono, koa, lambda, next, "node-http": nodeHttp };

onFailureSuite(pkg, diagnosis, receivers);
