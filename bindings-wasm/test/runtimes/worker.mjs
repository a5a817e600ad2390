// The test app as a Cloudflare Worker.

import { fetch } from "./app.mjs";

export default { fetch };
