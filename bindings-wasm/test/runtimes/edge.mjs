// The test app in Vercel's edge runtime.

import { fetch } from "./app.mjs";

addEventListener("fetch", (event) => event.respondWith(fetch(event.request)));
