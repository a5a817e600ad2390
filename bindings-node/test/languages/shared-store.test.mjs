// Tests that a Python receiver and an Express receiver that share a store agree.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import Redis from "ioredis";
import { Webhook } from "pivotal-webhooks";
import * as express from "pivotal-webhooks/express";
import { Once, RedisStore, SqliteStore } from "pivotal-webhooks/idempotency";
import { fromXtask } from "../support/files.mjs";
import { PATH, started } from "../support/hosts.mjs";
import { NOW, SECRET, svixHeaders } from "../support/sender.mjs";
import { needsServers } from "../support/servers.mjs";
import { needsNodeSqlite, Servers, temporaryFolder } from "../support/stores.mjs";

const PROGRAM = fileURLToPath(new URL("receive.py", import.meta.url));
const python = fromXtask("PIVOTAL_PYTHON");
const servers = new Servers();
after(() => servers.stop());

const STORES = {
  sqlite: [
    needsNodeSqlite,
    (context) => {
      const path = join(temporaryFolder(context), "webhooks.db");
      const store = new SqliteStore(path);
      context.after(() => store.close());
      return [path, store];
    },
  ],
  redis: [
    needsServers,
    async (context) => {
      const { port } = await servers.redis;
      const client = new Redis({ port });
      context.after(() => client.disconnect());
      return [`${port}`, new RedisStore(client)];
    },
  ],
};

for (const [kind, [options, make]] of Object.entries(STORES)) {
  describe(`a Python and an Express receiver that share a store in ${kind}`, options, () => {
    test("run one handler for each event", async (context) => {
      const [place, store] = await make(context);
      const handled = [];
      let during = async (_id) => {};
      const handle = async ({ id }) => {
        handled.push(id);
        await during(id);
      };
      const server = await started("Express 5", { express }, ({ webhookHandler }) =>
        webhookHandler(new Webhook(SECRET, { clock: () => NOW }), handle, {
          onOutcome() {},
          once: new Once(store, { storeTimeout: 50 }),
        }),
      );
      context.after(() => server.stop());

      const delivery = (id) => {
        const body = JSON.stringify({
          id,
          type: "customer.at_risk",
          data: { object: { id: "1" } },
        });
        return { body, headers: svixHeaders({ at: NOW, body }) };
      };
      const toExpress = async (id) => {
        const url = `http://127.0.0.1:${server.port}${PATH}`;
        return (await fetch(url, { method: "POST", ...delivery(id) })).status;
      };
      const toPython = async (id) => {
        const { body, headers } = delivery(id);
        const given = [PROGRAM, kind, place, SECRET, body, JSON.stringify(headers), `${NOW}`];
        return JSON.parse((await promisify(execFile)(python, given)).stdout);
      };

      assert.equal(await toExpress("evt_1"), 200);
      assert.deepEqual(await toPython("evt_1"), [200, []]);
      assert.deepEqual(await toPython("evt_2"), [200, ["evt_2"]]);
      assert.equal(await toExpress("evt_2"), 200);
      let meanwhile;
      during = async (id) => {
        meanwhile = await toPython(id);
      };
      assert.equal(await toExpress("evt_3"), 200);
      assert.deepEqual(meanwhile, [409, []]);
      assert.deepEqual(handled, ["evt_1", "evt_3"]);
    });
  });
}
