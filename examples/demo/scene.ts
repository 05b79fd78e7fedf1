import type { DemoEvent } from "./events.ts";

/** A process as far as it has been seen. */
export interface ProcessScene {
  readonly name: string;
  readonly pid: number;
  phase: "starting" | "serving" | "stopping" | "stopped" | "killed";
  wasSignalled: boolean;
  metricsUrl?: string;
  /** The number of the last scrape that showed one; kept after the process's end. */
  number?: number;
  /** Whether the latest scrape showed a number. */
  isNumbered: boolean;
  /** Until when it may rely on the number, by the last scrape. */
  leaseEndsAtMs?: number;
  requests: number;
  meanMs?: number;
}

/** What the receiver has of one task number. */
export interface StreamScene {
  readonly number: number;
  exports: number;
  lastAtMs: number;
  /** The latest request count under each epoch, in the order of arrival. */
  readonly requests: Map<number, number>;
}

/** Everything that has been seen so far: what the events add up to. */
export class Scene {
  readonly processes = new Map<string, ProcessScene>();
  readonly streams = new Map<number, StreamScene>();
  readonly events: DemoEvent[] = [];
  leaseMs = 0;
  otlpUrl = "";
  title = "";
  readonly #processOfEpoch = new Map<number, string>();

  /** The process to which a scrape says this epoch was granted. */
  processOfEpoch(epoch: number): string | undefined {
    return this.#processOfEpoch.get(epoch);
  }

  /** How many requests of this process the receiver has counted. */
  countedOf(process: string): number {
    let counted = 0;
    for (const { requests } of this.streams.values()) {
      for (const [epoch, count] of requests) {
        if (this.#processOfEpoch.get(epoch) === process) counted += count;
      }
    }
    return counted;
  }

  apply(event: DemoEvent): void {
    this.events.push(event);
    if (event.event === "opened") {
      this.leaseMs = event.leaseMs;
      this.otlpUrl = event.otlpUrl;
    } else if (event.event === "chapter") {
      this.title = event.title;
    } else if (event.event === "exported") {
      this.#applyExport(event);
    } else if (event.event === "started") {
      this.processes.set(event.process, {
        name: event.process,
        pid: event.pid,
        phase: "starting",
        wasSignalled: false,
        isNumbered: false,
        requests: 0,
      });
    } else if ("process" in event) {
      const process = this.processes.get(event.process);
      if (process !== undefined) this.#applyTo(process, event);
    }
  }

  #applyTo(process: ProcessScene, event: DemoEvent): void {
    switch (event.event) {
      case "serving":
        process.phase = "serving";
        process.metricsUrl = event.metricsUrl;
        break;
      case "scraped":
        process.isNumbered = event.number !== null;
        if (event.number !== null) process.number = event.number;
        if (event.leaseMs !== null) process.leaseEndsAtMs = event.askedAtMs + event.leaseMs;
        if (event.epoch !== null) this.#processOfEpoch.set(event.epoch, process.name);
        process.requests = event.requests;
        if (event.meanMs !== null) process.meanMs = event.meanMs;
        break;
      case "signal":
        process.wasSignalled = true;
        process.phase = event.signal === "SIGKILL" ? "killed" : "stopping";
        break;
      case "ended":
        process.phase = event.code === 0 ? "stopped" : "killed";
        break;
      default:
    }
  }

  #applyExport(event: DemoEvent & { readonly event: "exported" }): void {
    const { number, epoch } = event;
    if (number === null || epoch === null) return;
    let stream = this.streams.get(number);
    if (stream === undefined) {
      stream = { number, exports: 0, lastAtMs: 0, requests: new Map() };
      this.streams.set(number, stream);
    }
    stream.exports += 1;
    stream.lastAtMs = event.atMs;
    stream.requests.set(epoch, event.requests);
  }
}
