// The face as a Cloudflare Worker.

import { fetch } from "./face.mjs";

export default { fetch };
