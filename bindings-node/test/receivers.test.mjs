import * as pkg from "pivotal-webhooks";
import * as express from "pivotal-webhooks/express";
import * as fastify from "pivotal-webhooks/fastify";
import * as fetch from "pivotal-webhooks/fetch";
import * as hono from "pivotal-webhooks/hono";
import * as koa from "pivotal-webhooks/koa";
import * as next from "pivotal-webhooks/next";
import * as nodeHttp from "pivotal-webhooks/node-http";
import { receiversSuite } from "./suites/receivers.mjs";

const subpaths = { express, fastify, fetch, hono, koa, next, "node-http": nodeHttp };

receiversSuite(pkg, subpaths, "pivotal-webhooks", import.meta.url);
