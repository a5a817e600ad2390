// Reads docs/javascript.md: its sections, its blocks of code, and its table of hosts.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { WORKSPACE } from "./files.mjs";

const page = readFileSync(join(WORKSPACE, "docs", "javascript.md"), "utf8");

/** The text of each section, by its title. */
export const sections = new Map(
  page.split(/^## /m).map((part) => [part.split("\n", 1)[0], part.slice(part.indexOf("\n"))]),
);

/** The code of each block, by the title of its section; a second block in it has ` 2` behind the title. */
export const blocks = new Map(
  [...sections].flatMap(([title, text]) => {
    const found = [...text.matchAll(/^```ts\n(.*?)^```$/gms)];
    return found.map(([, block], index) => [index === 0 ? title : `${title} ${index + 1}`, block]);
  }),
);

/** The title of the section about hosts that pass a `Request`. */
export const WITH_REQUEST = "Anything with a `Request`";

const rows = [...sections.get(WITH_REQUEST).matchAll(/^\| (.*) \| .* \| `(.*)` \|$/gm)];

/** The code of a receiver for each host that passes a `Request`: the block with the line of the host. */
export const hosts = new Map(
  rows.map(([, host, line]) => [host, `${blocks.get(WITH_REQUEST)}\n${line}\n`]),
);
