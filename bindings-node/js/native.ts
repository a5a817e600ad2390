/** The core in the addon. */

import type { Core, Numbers } from "./core.js";
import { textsRoom, writeTexts } from "./texts.js";

/** What the addon exports: {@link Core}, with texts in bytes. */
export interface Addon {
  surface(): string;
  open(
    pivot: boolean,
    ignoreTimestamp: boolean,
    texts: Uint8Array,
    numbers: Numbers,
  ): AddonVerifier | string;
}

type AddonVerifier = (
  asked: number,
  body: Uint8Array,
  texts: Uint8Array,
  numbers: Numbers,
) => string | null;

/** Where the texts of a call lie: as much as Node lets all headers of a request be. */
const desk = new Uint8Array(16 * 1024);

export function nativeCore(addon: Addon): Core {
  return {
    surface: () => addon.surface(),
    open: (pivot, ignoreTimestamp, texts, numbers) => {
      // Not on the desk, where secrets would stay.
      const bytes = new Uint8Array(textsRoom(texts));
      writeTexts(texts, bytes, 0);
      const verifier = addon.open(pivot, ignoreTimestamp, bytes, numbers);
      bytes.fill(0);
      if (typeof verifier === "string") {
        return verifier;
      }
      return (asked, body, texts, numbers) => {
        const room = textsRoom(texts);
        const bytes = room > desk.length ? new Uint8Array(room) : desk;
        writeTexts(texts, bytes, 0);
        return verifier(asked, body, bytes, numbers);
      };
    },
  };
}
