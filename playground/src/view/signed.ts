/** Shows the bytes that the signature covers. */

import { type SignedContent, visible } from "../signed-bytes.js";
import { type Child, element, showCard } from "./dom.js";

/** How many bytes of a body are shown. */
const MOST = 4096;

export function showSigned(content: SignedContent | undefined): void {
  if (content === undefined) {
    showCard("signed", "Signed bytes", element("p", {}, "No signature header arrived."));
    return;
  }
  const shown: Child[] = [];
  for (const { name, bytes } of content.parts) {
    if (shown.length > 0) {
      shown.push(element("b", { class: "separator", title: "separator: a full stop" }, "."));
    }
    const pieces = visible(bytes.subarray(0, MOST)).map(({ text, name: invisible }) =>
      invisible === undefined
        ? text
        : element(
            "span",
            { class: invisible === "space" ? "space" : "invisible", title: invisible },
            text,
          ),
    );
    shown.push(element("span", { class: `part ${name}`, title: name }, ...pieces));
  }
  const names = content.parts.map(({ name }) => name).join(" . ");
  const length = content.parts.at(-1)?.bytes.length ?? 0;
  const more = length > MOST ? ` The first ${MOST.toLocaleString("en")} are shown.` : "";
  showCard(
    "signed",
    "Signed bytes",
    element(
      "p",
      { class: "hint" },
      `Scheme ${content.scheme}: ${names}. The body has ${length.toLocaleString("en")} bytes.${more}`,
    ),
    element(
      "pre",
      { class: "bytes", tabindex: "0", role: "region", "aria-label": "Signed bytes" },
      ...shown,
    ),
  );
}
