/** Shows what each header is for. */

import type { HeaderLine } from "../delivery.js";
import { element, showCard, table } from "./dom.js";

const ROLES: { readonly [name: string]: string } = {
  "svix-id": "id of the delivery, signed",
  "svix-timestamp": "time of signing, signed",
  "svix-signature": "signatures",
  "webhook-id": "id of the delivery, signed",
  "webhook-timestamp": "time of signing, signed",
  "webhook-signature": "signatures",
  "pivotal-signature": "time of signing and signatures",
  "pivotal-event": "type of the event, not signed",
  "pivotal-delivery-id": "id of the delivery, not signed",
  "x-pivot-signature": "signature",
  "content-encoding": "coding of the body; a compressed body is refused",
  "content-length": "announced length of the body",
};

export function showHeaders(headers: readonly HeaderLine[]): void {
  if (headers.length === 0) {
    showCard("parsed", "Headers", element("p", {}, "No header arrived."));
    return;
  }
  const names = headers.map(([name]) => name.toLowerCase());
  const rows = headers.map(([name, value], index) => {
    const lower = name.toLowerCase();
    const isRepeated = names.indexOf(lower) !== index;
    const role = element("span", {}, ROLES[lower] ?? "not read");
    if (ROLES[lower] === undefined) role.className = "quiet";
    if (isRepeated) role.append(" ", element("span", { class: "chip warn" }, "repeated"));
    return [element("code", {}, name), element("code", {}, value), role];
  });
  showCard("parsed", "Headers", table("Headers", ["name", "value", "meaning"], rows));
}
