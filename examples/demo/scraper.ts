import { setTimeout as sleep } from "node:timers/promises";
import type { Scrape } from "./events.ts";
import { parseExposition, type Sample } from "./exposition.ts";

const INTERVAL_MS = 300;

/** Scrapes a process again and again, until `signal` aborts. A scrape that fails is left out. */
export async function scrapeAgainAndAgain(
  url: string,
  now: () => number,
  onScrape: (scrape: Scrape) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const askedAtMs = now();
      const response = await fetch(url, { signal });
      const text = await response.text();
      if (!signal.aborted) onScrape({ askedAtMs, ...readScrape(parseExposition(text)) });
    } catch {
      // The process may have ended, and its end is seen elsewhere.
    }
    await sleep(INTERVAL_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** What the samples of one exposition say of the process. */
export function readScrape(samples: readonly Sample[]): Omit<Scrape, "askedAtMs"> {
  const only = (name: string): Sample | undefined => samples.find((sample) => sample.name === name);
  // The scrapes themselves are requests too, but on no route of the shop.
  const sumOnRoutes = (name: string): number =>
    samples
      .filter((sample) => sample.name === name && sample.labels["http_route"] !== undefined)
      .reduce((sum, sample) => sum + sample.value, 0);
  const requests = sumOnRoutes("http_server_request_duration_seconds_count");
  const seconds = sumOnRoutes("http_server_request_duration_seconds_sum");
  const number = only("target_info")?.labels["taskmon_task_number"];
  const leaseSeconds = only("taskmon_task_lease_remaining_seconds")?.value;
  return {
    number: number === undefined ? null : Number(number),
    epoch: only("taskmon_task_epoch")?.value ?? null,
    leaseMs: leaseSeconds === undefined ? null : leaseSeconds * 1_000,
    requests,
    meanMs: requests === 0 ? null : (seconds / requests) * 1_000,
  };
}
