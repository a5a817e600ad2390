/** Checks `content-encoding` and `content-length` of a request before its body is read. */

import { Input, Operation } from "./border.js";
import { core, NO_BYTES } from "./core.js";
import { parseReport, runGuarded } from "./errors.js";
import { transferTexts } from "./headers.js";

/**
 * The length in bytes that `content-length` announces, or 0. The announced length may be wrong. It only
 * avoids reading a body that would be refused.
 *
 * @param maxBody - The longest body that is verified, in bytes.
 * @throws WebhookVerificationError with `header_malformed` for a compressed body, and with
 *   `payload_too_large` for an announced length over `maxBody`.
 */
export function announcedLength(headers: unknown, maxBody: number): number {
  const texts = transferTexts(headers);
  const inputs = [Number.NaN];
  inputs[Input.MaxBody] = maxBody;
  const { report } = runGuarded(core.run, Operation.AnnouncedLength, texts, NO_BYTES, inputs);
  return typeof report === "string" ? parseReport<{ length: number }>(report).length : 0;
}
