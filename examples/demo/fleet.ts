import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { LeaseOptions } from "taskmon";
import type { Happening } from "./events.ts";
import { scrapeAgainAndAgain } from "./scraper.ts";
import { probeAgainAndAgain } from "./prober.ts";
import { type ShopProcess, startShop } from "./shop-process.ts";
import { sendTraffic, type Traffic } from "./traffic.ts";

/** What the processes of a fleet share. */
export interface FleetOptions {
  readonly folder: string;
  readonly otlpUrl: string;
  readonly lease: LeaseOptions;
  readonly emit: (happening: Happening) => void;
  /** Milliseconds since the demo began. */
  readonly now: () => number;
}

const EXPORT_INTERVAL_MS = 800;
/** How much longer than it lives a process is probed. */
const PROBED_AFTER_MS = 700;
/** How long a process may take to stop before it is killed. */
const STOP_TIMEOUT_MS = 5_000;

/** Starts and ends processes of the shop that share one SQLite file, sends requests, and scrapes. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #members = new Map<string, Member>();

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  /** Starts a process, with a status page or without, and requests to it as soon as it serves. */
  start(name: string, { page = false } = {}): void {
    this.#members.set(name, new Member(name, this.#options, page));
  }

  /** Ends a process without a chance to do anything. Settles when it is gone. */
  async kill(name: string): Promise<void> {
    await this.#members.get(name)?.end("SIGKILL");
  }

  /** Tells a process to stop. Settles when it has ended. */
  async stop(name: string): Promise<void> {
    await this.#members.get(name)?.end("SIGTERM");
  }

  /** Sends no further requests. Settles when the last ones are answered. */
  async quieten(): Promise<void> {
    await Promise.all([...this.#members.values()].map((member) => member.quieten()));
  }

  /** How many requests a process has answered. */
  answeredBy(name: string): number {
    return this.#members.get(name)?.answered ?? 0;
  }

  /** Ends what still runs, by force where it must. */
  async endAll(): Promise<void> {
    const members = [...this.#members.values()];
    await Promise.all(members.map((member) => member.end("SIGTERM")));
    // What a probe sees of the ends is told before the end of the demo.
    await Promise.all(members.map((member) => member.probed));
  }
}

/** One process of the fleet. */
class Member {
  readonly #name: string;
  readonly #options: FleetOptions;
  readonly #process: ShopProcess;
  readonly #leaving = new AbortController();
  /** Probes go on a little longer than the process: they see its end. */
  readonly #probing = new AbortController();
  #probed: Promise<void> = Promise.resolve();
  #traffic: Traffic | undefined;
  #number: number | null | undefined;
  #hasEnded = false;

  constructor(name: string, options: FleetOptions, hasPage: boolean) {
    this.#name = name;
    this.#options = options;
    const { folder, otlpUrl, lease, emit } = options;
    this.#process = startShop(
      {
        OTEL_SERVICE_NAME: "shop",
        TASK_FILE: join(folder, "tasks.sqlite"),
        TASK_LEASE: JSON.stringify(lease),
        OTEL_EXPORTER_OTLP_ENDPOINT: otlpUrl,
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
        OTEL_METRIC_EXPORT_INTERVAL: String(EXPORT_INTERVAL_MS),
        OTEL_LOG_LEVEL: "warn",
        ...(hasPage && { ADMIN_PORT: "0" }),
        // Newcomers need not compile again what the first processes have.
        NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"] ?? join(folder, "cache"),
      },
      (line) => emit({ event: "said", process: name, line }),
    );
    emit({ event: "started", process: name, pid: this.#process.pid });
    void this.#process.ended.then(({ code, signal }) => {
      this.#leaving.abort();
      this.#hasEnded = true;
      void sleep(PROBED_AFTER_MS).then(() => this.#probing.abort());
      emit({ event: "ended", process: name, code, signal, answered: this.answered });
    });
    void this.#attend();
  }

  get answered(): number {
    return this.#traffic?.answered ?? 0;
  }

  /** Settles when nothing more is told of its probes, after its end. */
  get probed(): Promise<void> {
    return this.#probed;
  }

  async quieten(): Promise<void> {
    await this.#traffic?.stop();
  }

  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    if (this.#hasEnded) return;
    this.#leaving.abort();
    // In-flight requests get their answer, unless the process is killed.
    const quiet = this.quieten();
    this.#options.emit({
      event: "signal",
      process: this.#name,
      signal,
      answered: this.answered,
    });
    this.#process.signal(signal);
    const ended = this.#process.ended;
    const timer = new AbortController();
    void sleep(STOP_TIMEOUT_MS, undefined, timer).then(
      () => this.#process.signal("SIGKILL"),
      () => undefined,
    );
    await Promise.all([ended, quiet]);
    timer.abort();
  }

  async #attend(): Promise<void> {
    const { emit, now } = this.#options;
    const addresses = await this.#process.serving.catch(() => undefined);
    if (addresses === undefined || this.#leaving.signal.aborted) return;
    emit({ event: "serving", process: this.#name, ...addresses });
    this.#traffic = sendTraffic(addresses.url);
    this.#probed = probeAgainAndAgain(
      addresses.url,
      (probed) => emit({ event: "probed", process: this.#name, ...probed }),
      this.#probing.signal,
    );
    await scrapeAgainAndAgain(
      addresses.metricsUrl,
      now,
      (scrape) => {
        emit({ event: "scraped", process: this.#name, ...scrape });
        const { number, epoch } = scrape;
        if (number === this.#number) return;
        this.#number = number;
        emit({ event: "number", process: this.#name, number, epoch });
      },
      this.#leaving.signal,
    );
  }
}
