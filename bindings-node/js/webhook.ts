/** The class `Webhook`. */

import { bodyBytes, type WebhookBody } from "./body.js";
import { Ask, faults, SignText } from "./core.js";
import { errorFrom, guarded, parseReport, type WebhookError } from "./errors.js";
import { eventOf, eventReport } from "./event.js";
import type { PivotalEvent, PivotEvent } from "./events.js";
import { ownOptions } from "./given.js";
import { headerTexts, type WebhookHeaders } from "./headers.js";
import type { PivotWebhookOptions, WebhookSecret } from "./options.js";
import type { Scheme } from "./schemes.js";
import type { Texts } from "./texts.js";
import { verifiedLast } from "./verified.js";
import { ask, clockTime, openedOf, parsed, PIVOT, Verifier } from "./verifier.js";

/** The options of {@link Webhook.sign}. */
export interface SignOptions {
  /** The scheme to sign in. Default: the first one that the webhook accepts. */
  readonly scheme?: Scheme | undefined;
}

interface HeadersByName {
  readonly [name: string]: string;
}

/**
 * Verifies the deliveries of one webhook endpoint.
 *
 * Construct it once, at start, and use it for every request. The keys are kept in native memory: no
 * property, `JSON.stringify`, `console.log` or structured clone shows them.
 *
 * @example
 * ```ts
 * const webhook = new Webhook(process.env.PIVOTAL_WEBHOOK_SECRET);
 *
 * app.post("/webhooks/pivotal", express.raw({ type: "application/json" }), (req, res) => {
 *   const event = webhook.unwrap(req.body, req.headers); // throws unless authentic and fresh
 *   if (event.type === "customer.at_risk") {
 *     console.log(event.object.name, event.object.health_score);
 *   }
 *   res.sendStatus(200);
 * });
 * ```
 *
 * @typeParam Event - The type that {@link unwrap} returns: {@link PivotalEvent}, or
 *   {@link PivotEvent} for a webhook made by {@link pivot}.
 */
export class Webhook<Event = PivotalEvent> extends Verifier {
  /**
   * A Pivot endpoint, whose deliveries carry one signature over the body and no signed time.
   *
   * @param secret - As for the constructor.
   * @throws As the constructor does.
   * @see https://pivot.app/docs/organization/webhooks
   */
  static pivot(secret: WebhookSecret, options?: PivotWebhookOptions): Webhook<PivotEvent> {
    return pivotWebhook(secret, options);
  }

  /**
   * Verifies a delivery and returns its event. Comparing the event's `type` narrows its type. Event
   * types and fields that this version does not list are no error; they are kept.
   *
   * @param body - The raw body of the request, before any parser.
   * @param headers - All headers of the request.
   * @returns A plain object, parsed from the verified bytes. The types of the envelope's fields are
   *   checked; those of the record are what the sender documents, and are not checked.
   * @throws As {@link verify} does, `payload_malformed` for an empty body too.
   * @throws {@link WebhookVerificationError} with `event_malformed` for authentic JSON that is not an
   *   event of this endpoint's sender; `event_type_mismatch` for an event of another type than an
   *   unsigned header says.
   */
  unwrap(body: WebhookBody, headers: WebhookHeaders): Event {
    const opened = openedOf(this);
    const texts = headerTexts(headers);
    const now = clockTime(opened.clock);
    // Last, so that no code of the caller runs between this and the parsing.
    const bytes = bodyBytes(body);
    const report = ask(opened, Ask.unwrap, now, bytes, texts);
    const content = eventReport(report);
    const delivery = verifiedLast(texts, opened.labels);
    return guarded(() => eventOf(parsed(body, bytes), content, delivery) as Event);
  }

  /**
   * Returns the value of the signature header that a sender would add, for a receiver's own tests.
   *
   * Never compare it with a received signature: {@link verify} does that, in constant time.
   *
   * @param id - The delivery's id. Schemes that sign no id ignore it.
   * @param timestamp - Unix seconds, rounded down, or a `Date`. Schemes that sign no time ignore it.
   * @param body - The raw body.
   * @throws {@link WebhookVerificationError} with `header_malformed` for an id and
   *   `timestamp_malformed` for a time that verification would refuse.
   * @throws {@link WebhookConfigurationError} with `config_invalid` for a scheme that this webhook
   *   doesn't accept.
   * @throws TypeError for an argument of the wrong type.
   */
  sign(id: string, timestamp: number | Date, body: WebhookBody, options?: SignOptions): string {
    const opened = openedOf(this);
    if (typeof id !== "string") {
      throw new TypeError("id is not a string");
    }
    const seconds = unixSeconds(timestamp);
    const scheme = new Map(ownOptions(options, ["scheme"])).get("scheme");
    if (scheme !== undefined && typeof scheme !== "string") {
      throw new TypeError("option scheme is not the name of a scheme");
    }
    const bytes = bodyBytes(body);
    const texts: Texts = [SignText.id, id];
    if (scheme !== undefined) {
      texts.push(SignText.scheme, scheme);
    }
    return parseReport<{ signature: string }>(ask(opened, Ask.sign, seconds, bytes, texts))
      .signature;
  }

  /**
   * What a receiver refuses before there is a whole body to verify.
   *
   * @internal
   */
  static refusal(fault: "bodyTooLarge" | "bodyCompressed"): WebhookError {
    return errorFrom(faults[fault]);
  }

  /**
   * The headers that a sender would add, the unsigned ones too.
   *
   * @internal
   */
  sentHeaders(scheme: Scheme, id: string, seconds: number, body: Uint8Array): HeadersByName {
    const texts = [SignText.id, id, SignText.scheme, scheme];
    return parseReport<{ headers: HeadersByName }>(
      ask(openedOf(this), Ask.sent, seconds, body, texts),
    ).headers;
  }
}

// Outside the class, which keeps its name in stack traces only if it does not name itself.
function pivotWebhook(secret: WebhookSecret, options: PivotWebhookOptions | undefined) {
  return new Webhook<PivotEvent>(secret, options, PIVOT);
}

function unixSeconds(time: unknown): number {
  if (typeof time === "number") {
    return time;
  }
  try {
    return Date.prototype.getTime.call(time) / 1000;
  } catch {
    throw new TypeError("timestamp is neither a number of Unix seconds nor a Date");
  }
}
