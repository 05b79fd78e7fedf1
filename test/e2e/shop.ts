import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inject } from "vitest";
import { parseExposition, type Sample } from "../../examples/demo/exposition.ts";
import { type Addresses, type Ending, startShop } from "../../examples/demo/shop-process.ts";
import { bundled } from "../setup/bundled.ts";
import { forget, remember } from "../setup/leftovers.ts";

/** A running process of the example service. */
export interface Shop extends Addresses, AsyncDisposable {
  readonly pid: number;
  /** The lines that it printed. */
  readonly said: readonly string[];
  readonly ended: Promise<Ending>;
  signal(signal: NodeJS.Signals): void;
  /** What its exposition says now. */
  scrape(): Promise<Sample[]>;
  /** The task number in its exposition; undefined where there is none. */
  number(): Promise<number | undefined>;
}

/** A lease that is short, and yet long enough for a busy machine of two cores. */
export const SHORT_LEASE = {
  leaseMs: 3_000,
  heartbeatMs: 600,
  requestTimeoutMs: 600,
  exportTimeoutMs: 400,
  graceMs: 500,
  quarantineMs: 300,
};

const SERVICE = join(import.meta.dirname, "../../examples/service/service.ts");

/** Starts a process of the example service, on free ports, and waits until it serves. */
export async function startService(
  env: Readonly<Record<string, string>>,
  lease: object = SHORT_LEASE,
  launcher: readonly string[] = [],
): Promise<Shop> {
  const { folder } = inject("testRun");
  const said: string[] = [];
  const child = startShop(
    {
      TASK_LEASE: JSON.stringify(lease),
      OTEL_METRIC_EXPORT_INTERVAL: "400",
      OTEL_LOG_LEVEL: "info",
      SHOP_PROGRAM: await bundled(SERVICE),
      ...env,
    },
    (line) => said.push(line),
    launcher,
  );
  remember(folder, child.pid);
  void child.ended.then(() => forget(folder, child.pid));
  const addresses = await child.serving;
  const scrape = async (): Promise<Sample[]> => {
    const response = await fetch(addresses.metricsUrl);
    return parseExposition(await response.text());
  };
  return {
    ...addresses,
    pid: child.pid,
    said,
    ended: child.ended,
    signal: child.signal,
    scrape,
    async number() {
      const info = (await scrape()).find(({ name }) => name === "target_info");
      const number = info?.labels["taskmon_task_number"];
      return number === undefined ? undefined : Number(number);
    },
    async [Symbol.asyncDispose]() {
      child.signal("SIGKILL");
      await child.ended;
    },
  };
}

/** What the requests of {@link sendRequests} are, each with the status that answers it. */
const REQUESTS: readonly [path: string, status: number, init?: RequestInit][] = [
  ["/orders/7", 200],
  ["/orders", 201, { method: "POST", body: '{"currency":"EUR","channel":"web"}' }],
  ["/broken", 500],
];

/** Sends `rounds` times three requests: an order looked at, one placed, and one failure. */
export async function sendRequests({ url }: Addresses, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (const [path, status, init] of REQUESTS) {
      const response = await fetch(url + path, init);
      await response.arrayBuffer();
      if (response.status !== status) throw new Error(`${path} answered ${response.status}`);
    }
  }
}

/** The sum of the samples of this name that have these labels. */
export function sumOf(
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  return samples
    .filter((sample) => sample.name === name)
    .filter((sample) => Object.entries(labels).every(([key, text]) => sample.labels[key] === text))
    .reduce((sum, sample) => sum + sample.value, 0);
}

/** Waits until `condition` holds, and asks it again and again. Throws what it throws in the end. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  timeoutMs = 25_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`Waited ${timeoutMs} ms in vain for ${what}`);
    await sleep(40);
  }
}
