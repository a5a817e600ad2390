/** Connects the fields of the page with what it shows. */

import { newSecret } from "pivotal-webhooks-wasm/testing";
import { WebhookError } from "pivotal-webhooks-wasm";
import { typesOf } from "./catalogue.js";
import {
  compose,
  type Composition,
  curlCommand,
  type Fault,
  FAULTS,
  samplePayload,
  schemesOf,
} from "./compose.js";
import { type Delivery, headerLines, headerText, readDelivery } from "./delivery.js";
import { type Endpoint, examine } from "./examine.js";
import { signedContent } from "./signed-bytes.js";
import { byId, element } from "./view/dom.js";
import { showEvent } from "./view/event.js";
import { showHeaders } from "./view/headers.js";
import { showSigned } from "./view/signed.js";
import { showTimeline } from "./view/timeline.js";
import { showFindings, showVerdict } from "./view/verdict.js";

const area = (id: string) => byId(id, HTMLTextAreaElement);
const field = (id: string) => byId(id, HTMLInputElement);
const choice = (id: string) => byId(id, HTMLSelectElement);
const button = (id: string) => byId(id, HTMLButtonElement);
const note = (id: string, text: string) => (byId(id, HTMLParagraphElement).textContent = text);

// The delivery

/** The exact bytes of the body; a text field would change some of them. */
let body: Uint8Array = new Uint8Array();

function setBody(bytes: Uint8Array): void {
  body = bytes;
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  area("body").value = text;
  noteBody();
}

function noteBody(): void {
  const isShown = sameBytes(new TextEncoder().encode(area("body").value), body);
  note(
    "body-note",
    isShown
      ? "Every byte counts: no formatting, no newline at the end that was not sent."
      : "This body has carriage returns or bytes that are not UTF-8. They are kept until you edit it here.",
  );
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

function setDelivery(delivery: Delivery): void {
  area("headers").value = headerText(delivery.headers);
  setBody(delivery.body);
}

/** Takes what was pasted or dropped for a delivery, or for its body. */
function take(bytes: Uint8Array): void {
  const read = readDelivery(bytes);
  if (read === undefined) {
    setBody(bytes);
    note("read", "Read as the body: this is no request, command or JSON of headers and body.");
  } else {
    setDelivery(read.delivery);
    note("read", `Read as ${read.kind}.`);
  }
  update();
}

const lines = (id: string) =>
  area(id)
    .value.split("\n")
    .filter((line) => line.trim() !== "");

function endpoint(): Endpoint {
  return {
    sender: choice("sender").value === "pivot" ? "pivot" : "pivotal",
    secrets: lines("secret"),
    otherSecrets: lines("other"),
    previousSecrets: lines("previous"),
    tolerance: Number(field("tolerance").value),
    key: choice("key").value as Endpoint["key"],
  };
}

function now(): number {
  const given = field("clock").value.trim();
  return /^\d+(\.\d+)?$/.test(given) ? Number(given) : Date.now() / 1000;
}

const current = (): Delivery => ({ headers: headerLines(area("headers").value), body });

function signedTime(delivery: Delivery): number | undefined {
  const { timestamp } = signedContent(delivery) ?? {};
  return timestamp !== undefined && /^\d{1,13}$/.test(timestamp) ? Number(timestamp) : undefined;
}

function update(): void {
  const delivery = current();
  const settings = endpoint();
  const content = signedContent(delivery);
  const examined = examine(delivery, settings, now());
  showVerdict(examined);
  showFindings(examined);
  showTime();
  showSigned(content);
  showHeaders(delivery.headers);
  showEvent(examined.event, settings.sender);
  judged = verdictOf();
}

function showTime(): void {
  const delivery = current();
  const scheme = signedContent(delivery)?.scheme;
  const { tolerance } = endpoint();
  showTimeline(signedTime(delivery), now(), tolerance, scheme !== "pivot");
}

let judged = "";
const verdictOf = () => {
  const { event, error } = examine(current(), endpoint(), now());
  return error?.code ?? event?.type ?? "";
};

// Samples

const SAMPLES: { readonly [title: string]: Fault | "unsigned" | "quoted" } = {
  genuine: "genuine",
  "written again": "reserialised",
  "an hour old": "stale",
  tampered: "tampered",
  "without headers": "unsigned",
  "with a quoted secret": "quoted",
};

function showSample(kind: Fault | "unsigned" | "quoted"): void {
  const secret = `whsec_${newSecret().replace(/^whsec_/, "")}`;
  choice("sender").value = "pivotal";
  choice("key").value = "auto";
  field("clock").value = area("other").value = area("previous").value = "";
  field("tolerance").value = "300";
  area("secret").value = kind === "quoted" ? `"${secret}"` : secret;
  const fault = kind === "unsigned" || kind === "quoted" ? "genuine" : kind;
  const payload = JSON.stringify(JSON.parse(samplePayload("customer.health_score_dropped")));
  const at = Date.now() / 1000;
  const settings = { payload, secret, scheme: "svix", key: "auto", now: at } as const;
  const signed = compose({ ...settings, fault });
  setDelivery({
    headers: kind === "unsigned" ? [["content-type", "application/json"]] : pairs(signed.headers),
    body: signed.body,
  });
  note("read", "");
  area("whole").value = "";
  update();
  composeNow();
}

const pairs = (headers: { readonly [name: string]: string }) => Object.entries(headers);

// Composing

let composed: ReturnType<typeof compose> | undefined;

function composition(): Composition {
  const [secret = ""] = lines("secret");
  return {
    payload: area("payload").value,
    secret,
    scheme: choice("scheme").value as Composition["scheme"],
    fault: FAULTS.find((name) => name === choice("fault").value) ?? "genuine",
    key: choice("key").value as Composition["key"],
    now: Date.now() / 1000,
  };
}

function composeNow(): void {
  const command = byId("command", HTMLPreElement);
  try {
    composed = compose(composition());
    command.textContent = curlCommand(composed, field("url").value);
    note("composed", "");
  } catch (error) {
    composed = undefined;
    command.textContent = "";
    const isExpected = error instanceof WebhookError || error instanceof RangeError;
    if (!isExpected && !(error instanceof SyntaxError)) throw error;
    const help = error instanceof WebhookError ? `: ${error.help}` : "";
    note("composed", `Not signed: ${error.message}${help}`);
  }
  for (const id of ["copy", "verify-it"]) button(id).disabled = composed === undefined;
}

function chooseType(): void {
  const type = choice("type").value;
  const schemes = schemesOf(type);
  choice("scheme").replaceChildren(
    ...schemes.map((scheme) => element("option", { value: scheme }, scheme)),
  );
  area("payload").value = samplePayload(type);
  composeNow();
}

async function copy(): Promise<void> {
  const command = byId("command", HTMLPreElement);
  try {
    await navigator.clipboard.writeText(command.textContent ?? "");
    note("composed", "Copied. The signature is fresh for the tolerance of the receiver.");
  } catch {
    getSelection()?.selectAllChildren(command);
    note("composed", "The browser allows no copying by a page: the command is selected, copy it.");
  }
}

function verifyComposed(): void {
  if (composed === undefined) return;
  choice("sender").value = choice("scheme").value === "pivot" ? "pivot" : "pivotal";
  field("clock").value = "";
  setDelivery({ headers: pairs(composed.headers), body: composed.body });
  note("read", "Composed below.");
  update();
  byId("result", HTMLElement).focus();
}

// Fields and buttons

for (const [title, kind] of Object.entries(SAMPLES)) {
  const made = element("button", { type: "button" }, title);
  made.addEventListener("click", () => showSample(kind));
  byId("samples", HTMLDivElement).append(made);
}
for (const [title, sender] of [
  ["Pivotal", "pivotal"],
  ["Pivot", "pivot"],
] as const) {
  const options = typesOf(sender).map((type) => element("option", { value: type }, type));
  choice("type").append(element("optgroup", { label: title }, ...options));
}

area("body").addEventListener("input", () => {
  body = new TextEncoder().encode(area("body").value);
  noteBody();
});
for (const id of ["body", "headers", "other", "previous"])
  area(id).addEventListener("input", update);
for (const id of ["tolerance", "clock"]) field(id).addEventListener("input", update);
area("secret").addEventListener("input", () => {
  update();
  composeNow();
});
choice("sender").addEventListener("input", update);
choice("key").addEventListener("input", () => {
  update();
  composeNow();
});
button("as-signed").addEventListener("click", () => {
  field("clock").value = `${signedTime(current()) ?? ""}`;
  update();
});

const takeText = (text: string) => take(new TextEncoder().encode(text));
area("whole").addEventListener("input", () => {
  if (area("whole").value.trim() !== "") takeText(area("whole").value);
});
area("whole").addEventListener("paste", (event) => {
  // The text of the clipboard still has its carriage returns.
  const text = event.clipboardData?.getData("text/plain");
  if (!text) return;
  event.preventDefault();
  area("whole").value = text;
  takeText(text);
});
async function takeFile(file: Blob): Promise<void> {
  take(new Uint8Array(await file.arrayBuffer()));
}
field("file").addEventListener("change", () => {
  const [file] = field("file").files ?? [];
  if (file !== undefined) void takeFile(file);
});
const drop = byId("drop", HTMLDivElement);
addEventListener("dragover", (event) => {
  event.preventDefault();
  drop.classList.add("over");
});
addEventListener("dragleave", () => drop.classList.remove("over"));
addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  const [file] = event.dataTransfer?.files ?? [];
  const text = event.dataTransfer?.getData("text/plain");
  if (file !== undefined) void takeFile(file);
  else if (text) takeText(text);
});

choice("type").addEventListener("input", chooseType);
for (const id of ["scheme", "fault"]) choice(id).addEventListener("input", composeNow);
field("url").addEventListener("input", composeNow);
area("payload").addEventListener("input", composeNow);
button("sign-again").addEventListener("click", composeNow);
button("copy").addEventListener("click", () => void copy());
button("verify-it").addEventListener("click", verifyComposed);

chooseType();
showSample("genuine");
setInterval(() => {
  if (document.hidden || field("clock").value.trim() !== "") return;
  if (verdictOf() === judged) showTime();
  else update();
}, 1000);
