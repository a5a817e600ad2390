/** Draws the signed time, the clock and the tolerance on one line. */

import { element, showCard, svg } from "./dom.js";

const WIDTH = 640;
const HEIGHT = 118;
const LINE = 62;
const MARGIN = 24;

/** @param signed - Unix seconds, as the header states them; `undefined` if there are none. */
export function showTimeline(
  signed: number | undefined,
  now: number,
  tolerance: number,
  signsTime: boolean,
): void {
  if (signed === undefined) {
    const text = signsTime
      ? "The headers have no time that can be read."
      : "This scheme signs no time: a delivery that somebody recorded stays valid.";
    showCard("timeline", "Time", element("p", {}, text));
    return;
  }
  const skew = Math.round(now - signed);
  const isFresh = Math.abs(skew) <= tolerance;
  const from = Math.min(signed - tolerance, now);
  const to = Math.max(signed + tolerance, now);
  const pad = Math.max((to - from) * 0.06, 1);
  const scale = (WIDTH - 2 * MARGIN) / (to - from + 2 * pad);
  const x = (time: number) => MARGIN + (time - from + pad) * scale;
  const caption =
    `${describe(skew)} Up to ${duration(tolerance)} ${tolerance === 1 ? "is" : "are"} accepted, ` +
    `so the time is ${isFresh ? "fresh" : skew > 0 ? "too old" : "too far in the future"}.`;
  const start = x(signed - tolerance);
  showCard(
    "timeline",
    "Time",
    svg(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": caption, class: "timeline" },
      svg("line", { class: "axis", x1: "0", x2: `${WIDTH}`, y1: `${LINE}`, y2: `${LINE}` }),
      svg("rect", {
        class: "tolerance",
        x: `${start}`,
        width: `${Math.max(x(signed + tolerance) - start, 3)}`,
        y: `${LINE - 9}`,
        height: "18",
        rx: "6",
      }),
      mark("signed", x(signed), `signed ${clockTime(signed)}`, LINE - 9, LINE - 26, LINE - 32),
      mark(
        isFresh ? "clock fresh" : "clock late",
        x(now),
        `clock ${clockTime(now)}`,
        LINE + 9,
        LINE + 26,
        LINE + 43,
      ),
    ),
    element("p", {}, caption),
  );
}

function mark(kind: string, x: number, label: string, y1: number, y2: number, y: number) {
  // A label stays inside the drawing.
  const anchor = x < 210 ? "start" : x > WIDTH - 210 ? "end" : "middle";
  const shift = anchor === "start" ? -8 : anchor === "end" ? 8 : 0;
  return svg(
    "g",
    { class: kind },
    svg("line", { x1: `${x}`, x2: `${x}`, y1: `${y1}`, y2: `${y2}` }),
    svg("circle", { cx: `${x}`, cy: `${LINE}`, r: "6" }),
    svg("text", { x: `${x + shift}`, y: `${y}`, "text-anchor": anchor }, label),
  );
}

function describe(skew: number): string {
  if (skew === 0) return "The clock shows the signed time.";
  return skew > 0
    ? `The delivery was signed ${duration(skew)} ago.`
    : `The signed time is ${duration(-skew)} ahead of the clock.`;
}

const UNITS = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
] as const;

/** Seconds as text, with its two largest units. */
export function duration(seconds: number): string {
  let rest = Math.round(seconds);
  const parts = UNITS.flatMap(([name, length]) => {
    const count = Math.floor(rest / length);
    rest -= count * length;
    return count === 0 ? [] : [`${count.toLocaleString("en")} ${name}${count === 1 ? "" : "s"}`];
  });
  return parts.length === 0 ? "0 seconds" : parts.slice(0, 2).join(" and ");
}

function clockTime(time: number): string {
  const date = new Date(time * 1000);
  if (Number.isNaN(date.getTime())) return "beyond all calendars";
  return `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
