import { html, type Html } from "./html.ts";
import { short } from "./format.ts";

/** Results by their letters: how they are called, and how high they stand in the strip. */
const RESULTS = {
  p: { word: "passed", tone: "good", height: 6 },
  w: { word: "warned", tone: "warn", height: 11 },
  f: { word: "failed", tone: "bad", height: 18 },
  u: { word: "unknown", tone: "mute", height: 3 },
} as const;

const STRIP_RESULTS = 100;
const STRIP_HEIGHT = 18;

/**
 * The last hundred results as a strip, the newest at its right end. Failures stand higher, so that it
 * shows without colour.
 */
export function strip(letters: string): Html {
  const counts = Object.entries(RESULTS)
    .map(([letter, { word }]) => [letters.split(letter).length - 1, word] as const)
    .filter(([count]) => count > 0);
  const words =
    counts.length === 0
      ? "No results yet"
      : `Last ${letters.length} results: ${counts.map(([count, word]) => `${count} ${word}`).join(", ")}`;
  const start = STRIP_RESULTS - letters.length;
  const paths = Object.entries(RESULTS).map(([letter, { tone, height }]) => {
    const path = Array.from(
      letters.matchAll(new RegExp(`${letter}+`, "g")),
      ({ 0: run, index }) => {
        const from = (start + index) * 2;
        return `M${from} ${STRIP_HEIGHT}v-${height}h${run.length * 2 - 0.4}v${height}z`;
      },
    );
    return path.length > 0 && html`<path class="${tone}" d="${path.join("")}" />`;
  });
  return html`<svg
    class="strip"
    viewBox="0 0 ${STRIP_RESULTS * 2} ${STRIP_HEIGHT}"
    preserveAspectRatio="none"
    role="img"
    aria-label="${words}"
  >
    <title>${words}</title>
    <path class="base" d="M0 ${STRIP_HEIGHT - 0.5}h${STRIP_RESULTS * 2}" />
    ${paths}
  </svg>`;
}

/** How much of the lease is left. The script goes on with it. */
export function leaseBar(nowMs: number, untilMs: number, leaseMs: number): Html {
  const share = Math.min(1, Math.max(0, (untilMs - nowMs) / leaseMs));
  const words = `${Math.max(0, Math.round((untilMs - nowMs) / 1_000))} of ${Math.round(leaseMs / 1_000)} seconds of the lease are left`;
  return html`<svg
    class="lease"
    viewBox="0 0 100 4"
    preserveAspectRatio="none"
    role="img"
    aria-label="${words}"
    data-until="${untilMs}"
    data-of="${leaseMs}"
  >
    <rect class="base" width="100" height="4" />
    <rect class="fill" width="${Math.round(share * 100)}" height="4" />
  </svg>`;
}

/** A bucket as it is drawn. */
export interface Bar {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

const HISTOGRAM_HEIGHT = 48;

/** A quantile as it is drawn. */
export interface Quantile {
  /** `p50 202 ms` */
  readonly words: string;
  readonly value: number | null | undefined;
}

/** The buckets of a histogram as bars of one width, and where the quantiles lie. */
export function histogram(bars: readonly Bar[], quantiles: readonly Quantile[] = []): Html {
  const most = Math.max(...bars.map(({ count }) => count), 1);
  const words = bars.map(({ from, to, count }) => `${short(from)} to ${short(to)}: ${count}`);
  return html`<svg
    class="histogram"
    viewBox="0 0 ${bars.length * 10} ${HISTOGRAM_HEIGHT}"
    preserveAspectRatio="none"
    role="img"
    aria-label="${[...quantiles.map((each) => each.words), `buckets: ${words.slice(0, 30).join("; ")}`].join("; ")}"
  >
    ${bars.map(({ count }, index) => {
      const height = Math.max(1, (count / most) * HISTOGRAM_HEIGHT);
      return html`<rect
        x="${index * 10 + 0.5}"
        y="${Number((HISTOGRAM_HEIGHT - height).toFixed(1))}"
        width="9"
        height="${Number(height.toFixed(1))}"
        ><title>${words[index]}</title></rect
      >`;
    })}
    ${quantiles.map(({ words: said, value }) => {
      const at = placeOf(value, bars);
      return (
        at !== undefined &&
        html`<path class="quantile" d="M${at} 0v${HISTOGRAM_HEIGHT}"><title>${said}</title></path>`
      );
    })}
  </svg>`;
}

/** Where a value lies among the bars: within its bar, by its share of the bucket. */
function placeOf(value: number | null | undefined, bars: readonly Bar[]): number | undefined {
  if (value === null || value === undefined) return undefined;
  const index = bars.findIndex(({ to }) => value <= to);
  const bar = bars[index];
  if (bar === undefined) return undefined;
  const share = bar.to > bar.from ? (value - bar.from) / (bar.to - bar.from) : 0.5;
  return Number((index * 10 + 0.5 + Math.min(1, Math.max(0, share)) * 9).toFixed(1));
}
