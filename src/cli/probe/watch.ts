import { setTimeout as sleep } from "node:timers/promises";
import type { ProbeResult } from "../../probe/contract.ts";
import { headline } from "./report.ts";
import { sparkline } from "./sparkline.ts";

/** How a target is watched. */
export interface WatchOptions {
  readonly target: string;
  readonly intervalMs: number;
  /** How many runs; Infinity until it is interrupted. */
  readonly count: number;
  readonly json: boolean;
  /** Whether a person sees it as it goes on. */
  readonly isTerminal: boolean;
  readonly signal: AbortSignal;
  readonly out: (text: string) => void;
  readonly run: () => Promise<ProbeResult>;
  readonly asJson: (result: ProbeResult) => object;
}

/** So many latencies are drawn. */
const DRAWN = 40;

/** Probes again and again, one line for each run; answers how many runs failed. */
export async function watch(options: WatchOptions): Promise<number> {
  const { target, intervalMs, count, json, isTerminal, signal, out } = options;
  const latencies: (number | undefined)[] = [];
  let failures = 0;
  let runs = 0;
  while (runs < count && !signal.aborted) {
    const startedAt = performance.now();
    const result = await options.run();
    if (signal.aborted) break;
    runs++;
    if (!result.success) failures++;
    latencies.push(result.success ? result.latencyMs : undefined);
    if (latencies.length > DRAWN) latencies.shift();
    const time = new Date().toISOString().slice(11, 19);
    if (json) out(JSON.stringify(options.asJson(result)));
    else {
      const why = result.error === undefined ? "" : `: ${result.error.message}`;
      const drawn = isTerminal ? `  ${sparkline(latencies)}` : "";
      out(`${time} ${headline(target, result)}${why}${drawn}`);
    }
    const restMs = intervalMs - (performance.now() - startedAt);
    if (runs < count)
      await sleep(Math.max(0, restMs), undefined, { signal }).catch(() => undefined);
  }
  if (!json) out(`${runs} runs, ${failures} failed`);
  return failures;
}
