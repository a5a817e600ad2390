/** Shows the verdict and the findings. */

import type { Finding } from "pivotal-webhooks-wasm/diagnosis";
import type { Examined } from "../examine.js";
import { byId, type Child, element, sentence, showCard } from "./dom.js";

let shown = "";

/** The live region is changed only if the verdict is another one, so that it is not read again. */
export function showVerdict({ event, error }: Examined): void {
  const facts: [string, unknown][] =
    event === undefined
      ? [
          ["code", error?.code],
          ["status", error?.status],
          ["header", error?.header],
          ["path", error?.path],
          ["reason", error?.reason],
        ]
      : [
          ["type", event.type],
          ["scheme", event.delivery.scheme],
          ["delivery id", event.delivery.id],
          ["event id", event.id],
          ["idempotency key", event.idempotencyKey],
        ];
  const known = facts.filter(([, fact]) => fact !== undefined && fact !== null);
  const message = error === undefined ? "The signature is genuine and fresh." : error.message;
  const key = JSON.stringify([known, message, error?.help]);
  if (key === shown) return;
  shown = key;
  const card = byId("verdict", HTMLDivElement);
  card.className = `card verdict ${error === undefined ? "accepted" : "refused"}`;
  card.replaceChildren(
    element("h2", {}, error === undefined ? "Accepted" : "Refused"),
    element("p", { class: "sentence" }, ...sentence(message)),
    ...(error === undefined ? [] : [element("p", {}, ...sentence(error.help))]),
    element(
      "dl",
      {},
      ...known.flatMap(([name, fact]): Child[] => [
        element("dt", {}, name),
        element("dd", {}, `${fact}`),
      ]),
    ),
  );
}

/** Shows why the delivery was refused. */
export function showFindings({ error, findings }: Examined): void {
  if (error === undefined) {
    showCard("findings", "");
  } else if (findings.length > 0) {
    const items = findings.map(({ code, message, help }: Finding) =>
      element(
        "li",
        {},
        element("strong", {}, ...sentence(message)),
        element("code", { class: "chip" }, code),
        element("p", {}, ...sentence(help)),
      ),
    );
    showCard("findings", "What happened", element("ol", { class: "findings" }, ...items));
  } else {
    const none =
      "No known accident fits: the secret belongs to another endpoint, or the content was changed. " +
      "If you have other secrets, add them under “Clock, key format, other secrets”.";
    const authentic = error.code.startsWith("payload_") || error.code.startsWith("event_");
    showCard("findings", "What happened", element("p", {}, authentic ? AUTHENTIC : none));
  }
}

const AUTHENTIC =
  "Nothing happened on the way: the sender sent this body, or it was not looked at.";
