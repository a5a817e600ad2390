import * as pkg from "pivotal-webhooks";
import * as express from "pivotal-webhooks/express";
import * as fastify from "pivotal-webhooks/fastify";
import * as fetch from "pivotal-webhooks/fetch";
import * as hono from "pivotal-webhooks/hono";
import * as koa from "pivotal-webhooks/koa";
import * as lambda from "pivotal-webhooks/lambda";
import * as next from "pivotal-webhooks/next";
import * as nodeHttp from "pivotal-webhooks/node-http";
import * as receiving from "pivotal-webhooks/receiving";
import { receiversFaultsSuite } from "./suites/receivers-faults.mjs";

const subpaths = { express, fastify, fetch, hono, koa, next, "node-http": nodeHttp };

receiversFaultsSuite(pkg, subpaths, lambda, receiving);
