// Makes, uses and drops as many webhooks as a request says, and returns what the allocator holds then.

import { heap } from "../heap.mjs";
import { Webhook } from "pivotal-webhooks-wasm";

export default {
  async fetch(request, env) {
    const { count, body, headers } = await request.json();
    for (let made = 0; made < count; made += 1) {
      new Webhook(env.SECRET).verify(body, headers);
    }
    return Response.json(heap());
  },
};
