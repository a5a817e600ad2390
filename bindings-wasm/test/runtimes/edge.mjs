// The face in Vercel's edge runtime.

import { fetch } from "./face.mjs";

addEventListener("fetch", (event) => event.respondWith(fetch(event.request)));
