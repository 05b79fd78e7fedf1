import { messageOf } from "../../shared/errors.ts";
import { parseText } from "../../prometheus/read/parse-text.ts";
import type { TargetListing } from "../target-options.ts";
import { inWords } from "../target-options.ts";
import { FigureReader } from "./figures.ts";
import { read } from "./read.ts";
import { type Read, type Row, rowOf, UNKNOWN } from "./row.ts";

const ACCEPT = "application/openmetrics-text;version=1.0.0;q=0.9,text/plain;version=0.0.4";

/** Processes that are polled, each with its previous reading. */
export class Fleet {
  readonly #urls: readonly URL[];
  readonly #timeoutMs: number;
  readonly #reader: FigureReader;
  readonly #before = new Map<string, Read>();

  constructor(
    urls: readonly URL[],
    options: { readonly timeoutMs: number; readonly hexPrefix?: string | undefined },
  ) {
    this.#urls = urls;
    this.#timeoutMs = options.timeoutMs;
    this.#reader = new FigureReader({ hexPrefix: options.hexPrefix });
  }

  /** Asks all at once. A process that does not answer becomes a row with the reason. */
  async rows(signal: AbortSignal): Promise<Row[]> {
    return Promise.all(this.#urls.map(async (url) => this.#row(url, signal)));
  }

  async #row(url: URL, signal: AbortSignal): Promise<Row> {
    const at = nameOf(url);
    try {
      const options = { timeoutMs: this.#timeoutMs, accept: ACCEPT, signal };
      const { status, body } = await read(url, options);
      if (status !== 200) throw new Error(`HTTP status ${status}`);
      const { samples } = parseText(body);
      if (samples.length === 0) throw new Error("no metrics in the answer");
      const now = { figures: this.#reader.read(samples), atMs: performance.now() };
      const before = this.#before.get(url.href);
      this.#before.set(url.href, now);
      return rowOf(at, now, before, Date.now() / 1_000);
    } catch (error) {
      // It may come back with counters that began again.
      this.#before.delete(url.href);
      return { ...UNKNOWN, at, state: "down", error: messageOf(error) };
    }
  }
}

/** The rows of a store's listing: who holds which number. The processes themselves are not asked. */
export function storeRows(listings: readonly TargetListing[], nowMs: number): Row[] {
  return listings.map(({ of, num, instance, until }) => ({
    ...UNKNOWN,
    at: instance ?? "-",
    state: instance === undefined ? "resting" : until > nowMs ? "held" : "expired",
    service: inWords(of),
    number: num,
    leaseS: (until - nowMs) / 1_000,
  }));
}

/** Without user, password and the usual path. */
function nameOf(url: URL): string {
  const path = url.pathname === "/metrics" ? "" : url.pathname;
  return `${url.host}${path}`;
}
