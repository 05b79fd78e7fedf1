import { setTimeout as sleep } from "node:timers/promises";
import { createProbes, tcpProbe } from "taskmon/probe";

/** What a probe found. */
export interface Probed {
  readonly success: boolean;
  readonly durationMs: number;
  readonly reason: string | null;
}

const INTERVAL_MS = 500;
const TIMEOUT_MS = 400;

/** Probes an address again and again, until `signal` aborts, and tells what changes. */
export async function probeAgainAndAgain(
  url: string,
  onChange: (probed: Probed) => void,
  signal: AbortSignal,
): Promise<void> {
  const probes = createProbes();
  const { host } = new URL(url);
  probes.add({
    ...{ name: "shop", probe: tcpProbe(), targets: [host] },
    // Runs are asked for below.
    ...{ intervalMs: 3_600_000, timeoutMs: TIMEOUT_MS },
  });
  let before: boolean | undefined;
  while (!signal.aborted) {
    const askedAtMs = performance.now();
    const [run] = await probes.run("shop");
    const success = run?.error === undefined;
    const durationMs = performance.now() - askedAtMs;
    if (success !== before) onChange({ success, durationMs, reason: run?.error?.message ?? null });
    before = success;
    await sleep(INTERVAL_MS, undefined, { signal }).catch(() => undefined);
  }
  await probes.stop();
}
