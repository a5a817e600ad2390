// Verifies the delivery in the form after each keystroke.

// With a bundler, import "pivotal-webhooks-wasm".
import { Webhook, WebhookError } from "./pivotal-webhooks-wasm.mjs";

const $ = (id) => document.getElementById(id);

const SAMPLE = {
  id: "evt_1",
  type: "customer.at_risk",
  created_at: new Date().toISOString(),
  org_id: "org_1",
  livemode: false,
  api_version: "v1",
  data: {
    object: { id: "cus_1", name: "Zoë's Bakery", health_score: 38 },
    previous_attributes: { health_score: 71 },
  },
};

const samples = {
  genuine: (delivery) => delivery,
  tampered: ({ headers, body }) => ({ headers, body: body.replace("38", "98") }),
  late: ({ body }) => signed(body, Date.now() / 1000 - 3600),
  unsigned: ({ body }) => ({ headers: "content-type: application/json", body }),
};

/** Signs a body as Pivotal does. Tests of a receiver can use `pivotal-webhooks-wasm/testing`. */
function signed(body, time) {
  const seconds = Math.floor(time);
  const signature = new Webhook($("secret").value).sign("msg_1", seconds, body);
  return {
    headers: `svix-id: msg_1\nsvix-timestamp: ${seconds}\nsvix-signature: ${signature}`,
    body,
  };
}

function fill(sample) {
  const key = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(24))));
  $("endpoint").value = "pivotal";
  $("secret").value = `whsec_${key}`;
  $("any-age").checked = false;
  const { headers, body } = sample(signed(JSON.stringify(SAMPLE, null, 2), Date.now() / 1000));
  $("headers").value = headers;
  $("body").value = body;
  judge();
}

function judge() {
  const pivot = $("endpoint").value === "pivot";
  $("any-age").disabled = pivot; // Pivot signs no time
  const lines = $("headers").value.matchAll(/^(.+?):(.*)$/gm);
  const headers = Array.from(lines, ([, name, value]) => [name.trim(), value.trim()]);
  try {
    const webhook = pivot
      ? Webhook.pivot($("secret").value)
      : new Webhook($("secret").value, { dangerouslyIgnoreTimestamp: $("any-age").checked });
    const { type, id, object, delivery } = webhook.unwrap($("body").value, headers);
    const { scheme, skew } = delivery;
    const skewed = skew === null ? "not signed" : `${Math.round(skew)} s from now`;
    show("yes", "Authentic", "", { type, id, scheme, time: skewed }, object);
  } catch (error) {
    if (!(error instanceof WebhookError)) throw error;
    const { code, status, header, path, message, help } = error;
    show("no", "Refused", `${message}.`, { code, status, header, path, help });
  }
}

/** Shows a verdict as text, never as markup, because anyone may have written the delivery. */
function show(verdict, title, sentence, facts, record) {
  const known = Object.entries(facts).filter(([, fact]) => fact !== undefined && fact !== null);
  const output = $("verdict");
  output.className = verdict;
  output.replaceChildren(
    element("h2", title),
    ...(sentence ? [element("p", sentence)] : []),
    element("dl", ...known.flatMap(([name, fact]) => [element("dt", name), element("dd", fact)])),
    ...(record ? [element("pre", JSON.stringify(record, null, 2))] : []),
  );
}

function element(name, ...content) {
  const made = document.createElement(name);
  made.append(...content);
  return made;
}

for (const [id, sample] of Object.entries(samples)) {
  $(id).addEventListener("click", () => fill(sample));
}
document.forms[0].addEventListener("input", judge);
fill(samples.genuine);
