import { fork } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inject } from "vitest";
import { parseExposition, type Sample } from "../../examples/demo/exposition.ts";
import type { ClusterScrapeOptions, WorkerView } from "../../src/cluster/index.ts";
import type { PrometheusOptions } from "../../src/prometheus/index.ts";
import type { LeaseOptions } from "../../src/task/policy.ts";
import { bundled } from "../setup/bundled.ts";
import { forget, remember } from "../setup/leftovers.ts";

/** What a shop is started with. */
export interface ShopOptions {
  readonly mode: "cluster" | "threads" | "forks";
  readonly workers: number;
  /** Where the workers have their numbers from. */
  readonly allocator: "sqlite" | "memory" | "parent";
  readonly scrape?: Pick<ClusterScrapeOptions, "by" | "timeoutMs" | "gauges" | "maxSeries">;
  readonly lease?: LeaseOptions;
  /** Readers of ours with these options, in place of OpenTelemetry's exporters. */
  readonly prometheus?: PrometheusOptions;
  readonly file?: string;
  /** Whether the primary knows nothing of Taskmon, as a process manager's does not. @default false */
  readonly foreign?: boolean;
}

/** What the primary, or through it a worker, is told. */
export interface Told {
  readonly tell:
    | "start"
    | "facts"
    | "order"
    | "hang"
    | "garbage"
    | "stop"
    | "shutdown"
    | "leave"
    | "exit"
    | "disconnect"
    | "terminate"
    | "release";
  readonly id?: string;
  readonly count?: number;
}

/** What is known of a worker, by its own word. */
export interface Worker {
  readonly pid: number;
  readonly threadId: number;
  readonly number: number | undefined;
  /** Its place under a shared number. */
  readonly worker: number | undefined;
  readonly epoch: number | undefined;
  readonly state: string;
  readonly connected: boolean;
  readonly attributes: Record<string, string | number> | undefined;
  /** Warnings and errors of the `diag` logger. */
  readonly lines: readonly string[];
}

/** What the primary or a worker says. */
export type Said = { readonly shop: string; readonly id?: string } & Record<string, unknown>;

/** A running shop. */
export interface ClusterShop extends AsyncDisposable {
  readonly pid: number;
  readonly metricsUrl: string;
  /** Where orders are placed, with any worker in a cluster, with the last one that came up elsewhere. */
  readonly url: string;
  /** The ids of the workers that are up. */
  readonly ids: readonly string[];
  readonly ended: Promise<void>;
  /** Tells the primary something without waiting. */
  tell(told: Told): void;
  /** Starts another worker; its id once it is up. */
  startWorker(): Promise<string>;
  /** What the worker, or the primary, says of itself. */
  facts(id?: string): Promise<Worker & { readonly workers: readonly WorkerView[] }>;
  /** Has a worker do something; settles when it has. */
  do(told: Told): Promise<void>;
  /** Kills the worker's process, and waits until the primary has seen it. */
  kill(id: string, signal?: NodeJS.Signals): Promise<void>;
  /** Waits until a worker is gone. */
  gone(id: string): Promise<void>;
  /** Places orders over HTTP. */
  order(count: number): Promise<void>;
  scrape(): Promise<Sample[]>;
  /** @param accept the format, as a scraper asks for it */
  exposition(accept?: string): Promise<string>;
}

/** Starts a shop, and waits until it serves and all workers are up and report. */
export async function startShop(given: ShopOptions): Promise<ClusterShop> {
  const { folder } = inject("testRun");
  const file = join(mkdtempSync(join(folder, "cluster-")), "tasks.sqlite");
  const options: ShopOptions = { file, ...given };
  const child = fork(await bundled(join(import.meta.dirname, "fixtures/shop.ts")), {
    env: { ...process.env, SHOP: JSON.stringify(options), SHOP_ROLE: "primary" },
    execArgv: ["--no-warnings"],
    detached: true,
  });
  const pid = child.pid!;
  remember(folder, pid);
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => {
      forget(folder, pid);
      resolve();
    });
  });
  const heard: Said[] = [];
  const waiting = new Set<() => void>();
  child.on("message", (said: Said) => {
    heard.push(said);
    for (const look of waiting) look();
  });
  /** The next thing said of this kind, among what was not taken yet. */
  const next = (shop: string, id?: string, timeoutMs = 20_000): Promise<Said> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(look);
        reject(new Error(`Waited ${timeoutMs} ms in vain for "${shop}" of ${id ?? "anyone"}`));
      }, timeoutMs);
      const look = (): void => {
        const at = heard.findIndex((said) => said.shop === shop && (!id || said.id === id));
        if (at === -1) return;
        waiting.delete(look);
        clearTimeout(timer);
        resolve(heard.splice(at, 1)[0]!);
      };
      waiting.add(look);
      look();
    });

  const { metricsUrl } = (await next("serving")) as unknown as { metricsUrl: string };
  const pids = new Map<string, number>();
  let url = "";
  const up = async (): Promise<string> => {
    const said = await next("up");
    pids.set(said.id!, said["pid"] as number);
    url = said["url"] as string;
    const hasReport = async (): Promise<boolean> => (await shop.facts(said.id)).connected;
    if (options.foreign !== true) await until(hasReport, `${said.id} to report`);
    return said.id!;
  };
  const shop: ClusterShop = {
    pid,
    metricsUrl,
    get url() {
      return url;
    },
    get ids() {
      return [...pids.keys()];
    },
    ended,
    tell: (told) => void child.send(told),
    async startWorker() {
      child.send({ tell: "start" });
      return up();
    },
    async facts(id) {
      child.send({ tell: "facts", ...(id && { id }) });
      return (await next("facts", id ?? "primary")) as never;
    },
    async do(told) {
      child.send(told);
      await next("done", told.id);
    },
    async kill(id, signal = "SIGKILL") {
      process.kill(pids.get(id)!, signal);
      await shop.gone(id);
    },
    async gone(id) {
      await next("exit", id);
      pids.delete(id);
    },
    async order(count) {
      for (let index = 0; index < count; index++) {
        const response = await fetch(url);
        await response.text();
        if (response.status !== 200) throw new Error(`An order was answered ${response.status}`);
      }
    },
    async exposition(accept = "*/*") {
      const response = await fetch(metricsUrl, { headers: { accept } });
      return response.text();
    },
    async scrape() {
      return parseExposition(await shop.exposition());
    },
    async [Symbol.asyncDispose]() {
      try {
        process.kill(-pid, "SIGKILL");
      } catch {
        // It has ended.
      }
      await ended;
    },
  };
  for (let index = 0; index < options.workers; index++) await up();
  return shop;
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

/** Waits until `condition` holds, and asks it again and again. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  timeoutMs = 20_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`Waited ${timeoutMs} ms in vain for ${what}`);
    await sleep(20);
  }
}
