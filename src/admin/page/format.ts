import { html, type Html } from "./html.ts";

/** A time, which the script turns into how long ago that is. */
export function ago(atMs: number | undefined): Html | string {
  if (atMs === undefined) return "never";
  const time = new Date(atMs);
  if (Number.isNaN(time.getTime())) return "unknown";
  const iso = time.toISOString();
  const words = `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
  return html`<time datetime="${iso}" data-ago title="${words}">${words}</time>`;
}

/** How long something took. */
export function duration(ms: number | undefined): string {
  if (ms === undefined) return "–";
  if (ms < 1) return `${Math.round(ms * 1_000)} µs`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${short(ms / 1_000)} s`;
  if (ms < 7_200_000) return `${short(ms / 60_000)} min`;
  return `${short(ms / 3_600_000)} h`;
}

/** A value as short as its size allows: at most three digits that mean something, thousands with k, M, G. */
export function short(value: number | null | undefined): string {
  if (value === undefined || value === null) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e15 || size < 1e-6) return value.toExponential(2);
  for (const [unit, letter] of [
    [1e12, "T"],
    [1e9, "G"],
    [1e6, "M"],
    [1e4, "k"],
  ] as const) {
    if (size >= unit) return `${digits(value / (letter === "k" ? 1_000 : unit))} ${letter}`;
  }
  return digits(value);
}

/** A whole number with thin spaces between thousands. */
export function count(value: number | undefined): string {
  return value === undefined ? "–" : String(value).replaceAll(/\B(?=(?:\d{3})+$)/g, "\u2009");
}

/** A number of bytes. */
export function bytes(value: number): string {
  return value < 1_048_576
    ? `${Math.round(value / 1_024)} KiB`
    : `${Math.round(value / 1_048_576)} MiB`;
}

/** A value of a metric in its unit: seconds and bytes as people say them, others as they are. */
export function inUnit(value: number | null | undefined, unit: string): string {
  if (value === undefined || value === null) return "–";
  if (unit === "s" && value >= 0 && value < 1e8)
    return value === 0 ? "0 s" : duration(value * 1_000);
  if (unit === "By" && value >= 1_024) return bytes(value);
  return short(value);
}

function digits(value: number): string {
  return Number.isInteger(value) ? count(value) : String(Number(value.toPrecision(3)));
}
