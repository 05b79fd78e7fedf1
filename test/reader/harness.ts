import {
  AggregationTemporality,
  AggregationType,
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
  type ResourceMetrics,
} from "@opentelemetry/sdk-metrics";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { onTestFinished, vi } from "vitest";
import { MetricRegistry } from "../../src/metrics/registry.ts";
import { type AttachContext, type AttachOptions, attachReader } from "../../src/reader/attach.ts";
import type { ReaderLease, ReaderMode } from "../../src/reader/context.ts";
import { type ManualClock, manualClock } from "../../src/testing/manual-clock.ts";

/** The time that the manual clock and the SDK's `Date` begin with. */
export const T0 = Date.UTC(2026, 0, 1);

/** A lease that a test sets as it likes; sure until it is lost or expires. */
export class TestLease implements ReaderLease {
  readonly #clock: ManualClock;
  num: number | undefined;
  epoch: number | undefined;
  grantedAtMs: number | undefined;
  state: ReaderLease["state"] = "unassigned";
  unsureSinceMs: number | undefined = 0;
  sureForMs = Infinity;
  instance = "own";
  #controller = new AbortController();

  constructor(clock: ManualClock) {
    this.#clock = clock;
    this.#controller.abort();
  }

  grant(num: number, epoch: number): void {
    this.lose();
    Object.assign(this, { num, epoch, grantedAtMs: this.#clock.wallTime() });
    this.renew();
  }

  /** The same grant holds again. */
  renew(): void {
    this.state = "held";
    this.unsureSinceMs = undefined;
    this.#controller = new AbortController();
  }

  expire(): void {
    this.state = "expired";
    this.unsureSinceMs = this.#clock.now();
    this.#controller.abort();
  }

  lose(): void {
    this.expire();
    this.state = "unassigned";
    this.num = undefined;
  }

  get number(): number | undefined {
    return this.isSure(0) ? this.num : undefined;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  isSure(marginMs: number): boolean {
    return this.state === "held" && marginMs < this.sureForMs;
  }

  streamAttributes(): Record<string, string | number> | undefined {
    return this.isSure(0)
      ? { "taskmon.task.number": this.num!, "service.instance.id": `task-${this.num}` }
      : undefined;
  }

  ownAttributes(): Record<string, string> {
    return { "service.instance.id": this.instance };
  }

  volatileAttributes(): string[] {
    return ["process.pid"];
  }

  async settled(): Promise<void> {
    // No heartbeat is under way.
  }
}

/** Lets `Date`, which the SDK takes its times from, follow the manual clock. */
export function steppedClock(): ManualClock {
  const clock = manualClock({ wallTime: T0 });
  vi.useFakeTimers({ toFake: ["Date"], now: T0 });
  onTestFinished(() => void vi.useRealTimers());
  return {
    ...clock,
    get pending() {
      return clock.pending;
    },
    async advance(ms) {
      vi.setSystemTime(clock.wallTime() + ms);
      await clock.advance(ms);
    },
  };
}

export interface Setup {
  readonly clock: ManualClock;
  readonly lease: TestLease;
  readonly held: string[];
  readonly context: AttachContext;
  /** How attached readers work; a test switches it. */
  readonly mode: { now: ReaderMode };
}

export function setup(clock = steppedClock(), options: Partial<AttachContext> = {}): Setup {
  const lease = new TestLease(clock);
  const held: string[] = [];
  const registry = options.registry ?? new MetricRegistry({ delivery: "instruments" });
  const mode: Setup["mode"] = { now: "on" };
  const context: AttachContext = {
    mode: () => mode.now,
    owner: () => "the Taskmon of a",
    registry,
    instanceLabel: () => undefined,
    lease,
    clock,
    exportTimeoutMs: 10_000,
    unnumberedHoldMs: 90_000,
    onHeld: (reason) => held.push(reason),
    onShutdown: async () => undefined,
    ...options,
  };
  return { clock, lease, held, context, mode };
}

export interface Attached {
  readonly provider: MeterProvider;
  readonly reader: PeriodicExportingMetricReader;
}

/** A provider with an attached periodic reader. The histogram `exponential` is one. */
export function attachedProvider(
  context: AttachContext,
  exporter: PushMetricExporter,
  options: {
    attach?: AttachOptions;
    maxExportBatchSize?: number;
    exportIntervalMillis?: number;
  } = {},
): Attached {
  const { attach, ...readerOptions } = options;
  const lease = context.lease as TestLease;
  const reader = attachReader(
    new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1e9, ...readerOptions }),
    context,
    attach,
  );
  const provider = new MeterProvider({
    readers: [reader],
    resource: resourceFromAttributes({ "service.name": "s", "process.pid": 1 }),
    views: [
      {
        instrumentName: "exponential",
        aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM },
      },
    ],
  });
  onTestFinished(() => {
    // So that nothing is sent any more.
    lease.state = "released";
    return provider.shutdown().catch(() => undefined);
  });
  return { provider, reader };
}

/** What becomes of an export. */
export type Mode =
  /** The receiver has it and says so. */
  | "ok"
  /** No connection. */
  | "refused"
  /** The receiver does not want it. */
  | "denied"
  /** The receiver has it; its answer is lost. */
  | "answer_lost"
  /** It is lost on its way; nobody answers. */
  | "request_lost";

/** An exporter that does as told, and gives to `receive` what arrives. */
export class ScriptedExporter implements PushMetricExporter {
  mode: Mode = "ok";
  /** How often it was called. */
  attempts = 0;
  /** What `receive` threw, which would otherwise pass for a failed export. */
  failure: unknown;
  readonly batches: ResourceMetrics[] = [];
  readonly #temporality: AggregationTemporality;
  readonly #receive: ((batch: ResourceMetrics) => void) | undefined;
  /** Called before each export. */
  onExport: (() => void) | undefined;

  constructor(
    temporality = AggregationTemporality.CUMULATIVE,
    receive?: (batch: ResourceMetrics) => void,
  ) {
    this.#temporality = temporality;
    this.#receive = receive;
  }

  selectAggregationTemporality(): AggregationTemporality {
    return this.#temporality;
  }

  export(batch: ResourceMetrics, done: (result: { code: number; error?: Error }) => void): void {
    const { mode } = this;
    this.attempts += 1;
    if (mode === "ok" || mode === "answer_lost") {
      this.batches.push(batch);
      try {
        this.#receive?.(batch);
      } catch (error) {
        this.failure ??= error;
      }
    }
    this.onExport?.();
    if (mode === "ok") done({ code: 0 });
    else if (mode === "refused" || mode === "denied") {
      const code = mode === "refused" ? "ECONNREFUSED" : 400;
      done({ code: 1, error: Object.assign(new Error(mode), { code }) });
    } else done({ code: 1, error: new Error("Request timed out") });
  }

  async forceFlush(): Promise<void> {
    // Nothing waits.
  }

  async shutdown(): Promise<void> {
    // Nothing is held.
  }

  /** The points of one metric in the last batch. */
  last(name: string): ResourceMetrics["scopeMetrics"][0]["metrics"][0]["dataPoints"] {
    const batch = this.batches.at(-1);
    return (batch?.scopeMetrics ?? [])
      .flatMap(({ metrics }) => metrics)
      .filter(({ descriptor }) => descriptor.name === name)
      .flatMap(({ dataPoints }) => dataPoints as never[]);
  }
}

/** A time of the SDK in milliseconds after {@link T0}. */
export function msOf([seconds, nanos]: readonly [number, number]): number {
  return Math.round((seconds * 1_000 - T0) * 1_000 + nanos / 1_000) / 1_000;
}
