import {
  AggregationTemporality,
  type PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ManualClock } from "../../src/testing/manual-clock.ts";
import {
  attachedProvider,
  type Mode,
  ScriptedExporter,
  setup,
  steppedClock,
  type TestLease,
} from "./harness.ts";
import { Receiver } from "./receiver.ts";

/** Gives numbers, and takes them back; each grant has a larger epoch, and a number rests in between. */
class Store {
  readonly owners: (string | undefined)[] = [];
  readonly #freedAt: number[] = [];
  readonly #clock: ManualClock;
  #epoch = 0;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  grant(owner: string): { num: number; epoch: number } {
    this.free(owner);
    const now = this.#clock.now();
    const free = this.owners.findIndex(
      (one, num) => one === undefined && this.#freedAt[num]! < now,
    );
    const num = free === -1 ? this.owners.length : free;
    this.owners[num] = owner;
    this.#epoch += 1;
    return { num, epoch: this.#epoch };
  }

  free(owner: string): void {
    const num = this.owners.indexOf(owner);
    if (num === -1) return;
    this.owners[num] = undefined;
    this.#freedAt[num] = this.#clock.now();
  }
}

/** How many schedules; a nightly run sets more. */
const RUNS = Number(process.env.TASKMON_STREAM_RUNS ?? 100);

const METRICS = ["sum", "updown", "observed", "explicit", "exponential"] as const;

/** One process: a provider with an attached reader, and what it measured. */
class Process {
  readonly name: string;
  readonly lease: TestLease;
  readonly exporter: ScriptedExporter;
  readonly reader: PeriodicExportingMetricReader;
  readonly measured: Record<(typeof METRICS)[number], number>;
  /** Whether something may have been lost on its way, which no gate can prevent. */
  lossy = false;
  readonly #store: Store;
  readonly #measure: (amount: number, kind: string) => void;

  constructor(
    name: string,
    store: Store,
    clock: ManualClock,
    receiver: Receiver,
    temporality: AggregationTemporality,
    maxExportBatchSize?: number,
  ) {
    const { lease, context } = setup(clock);
    this.name = name;
    this.lease = lease;
    lease.instance = `own-${name}`;
    this.#store = store;
    this.exporter = new ScriptedExporter(temporality, (batch) => {
      const number = batch.resource.attributes["taskmon.task.number"] as number | undefined;
      if (number !== undefined) expect(store.owners[number]).toBe(name);
      receiver.receive(batch, name, lease.epoch);
    });
    const { provider, reader } = attachedProvider(context, this.exporter, {
      // So that they add up too.
      attach: { upDownCounters: "restart" },
      ...(maxExportBatchSize !== undefined && { maxExportBatchSize }),
    });
    this.reader = reader;
    const measured = { sum: 0, updown: 0, observed: 0, explicit: 0, exponential: 0 };
    this.measured = measured;
    const meter = provider.getMeter("m");
    const sum = meter.createCounter("sum");
    const updown = meter.createUpDownCounter("updown");
    const explicit = meter.createHistogram("explicit");
    const exponential = meter.createHistogram("exponential");
    meter.createObservableCounter("observed").addCallback((result) => {
      if (measured.observed > 0) result.observe(measured.observed);
    });
    this.#measure = (amount, kind) => {
      sum.add(amount, { kind });
      updown.add(amount % 2 === 0 ? amount : -amount, { kind });
      explicit.record(amount * 10, { kind });
      exponential.record(amount ** 3, { kind });
      measured.sum += amount;
      measured.updown += amount % 2 === 0 ? amount : -amount;
      measured.observed += amount;
      measured.explicit += 1;
      measured.exponential += 1;
    };
  }

  measure(amount: number, kind: string): void {
    this.#measure(amount, kind);
  }

  async flush(): Promise<void> {
    const { mode } = this.exporter;
    const before = this.exporter.attempts;
    await this.reader.forceFlush();
    if (this.exporter.failure !== undefined) throw this.exporter.failure as Error;
    const delta = this.exporter.selectAggregationTemporality() === AggregationTemporality.DELTA;
    const loses = mode === "request_lost" || (delta && mode === "refused");
    if (loses && this.exporter.attempts > before) this.lossy = true;
  }

  /** Something happens after the data was collected, before it is sent. */
  async #flushAnd(then: () => void): Promise<void> {
    const { collect } = this.reader;
    this.reader.collect = async (options) => {
      const collected = await collect(options);
      then();
      return collected;
    };
    await this.flush();
    this.reader.collect = collect;
  }

  flushAndLose(): Promise<void> {
    return this.#flushAnd(() => this.lose());
  }

  flushAndRenumber(): Promise<void> {
    return this.#flushAnd(() => this.grant());
  }

  grant(): void {
    const { num, epoch } = this.#store.grant(this.name);
    this.lease.grant(num, epoch);
  }

  lose(): void {
    this.#store.free(this.name);
    this.lease.lose();
  }

  /** The deadline passes; the store may give the number to another one then. */
  expire(reclaimed: boolean): void {
    if (this.lease.state !== "held") return;
    this.lease.expire();
    if (reclaimed) this.#store.free(this.name);
  }

  /** Asks again after the deadline. */
  renew(): void {
    if (this.lease.state !== "expired") return;
    if (this.#store.owners[this.lease.num!] === this.name) this.lease.renew();
    else this.lease.lose();
  }
}

const names = ["flush", "flushAndLose", "flushAndRenumber", "grant", "lose", "renew"] as const;
type Step =
  | { do: "measure"; amount: number; kind: string }
  | { do: "mode"; mode: Mode }
  | { do: "expire"; reclaimed: boolean }
  | { do: "advance"; ms: number }
  | { do: (typeof names)[number] };

const measure = fc.record({
  do: fc.constant("measure" as const),
  amount: fc.integer({ min: 1, max: 9 }),
  kind: fc.constantFrom("a", "b"),
});
const advance = fc.record({
  do: fc.constant("advance" as const),
  ms: fc.constantFrom(0, 1, 1_000, 100_000),
});
const expire = fc.record({ do: fc.constant("expire" as const), reclaimed: fc.boolean() });
const simple = fc.constantFrom(...names).map((name) => ({ do: name }));

/** What happens to a process, where exports end in one of `modes`. */
function stepOf(modes: readonly Mode[]): fc.Arbitrary<Step> {
  const mode = fc.record({ do: fc.constant("mode" as const), mode: fc.constantFrom(...modes) });
  return fc.oneof(
    { weight: 4, arbitrary: measure },
    { weight: 3, arbitrary: fc.constant({ do: "flush" as const }) },
    { weight: 6, arbitrary: simple },
    { weight: 2, arbitrary: advance },
    { weight: 1, arbitrary: expire },
    { weight: modes.length > 1 ? 3 : 0, arbitrary: mode },
  );
}

const MODES: readonly Mode[][] = [
  ["ok"],
  ["ok", "refused"],
  ["ok", "answer_lost"],
  ["ok", "refused", "answer_lost", "request_lost"],
];
const schedule = fc
  .constantFrom(...MODES)
  .chain((modes) =>
    fc.array(fc.tuple(fc.nat({ max: 2 }), stepOf(modes)), { maxLength: 60, size: "max" }),
  );

async function perform(process: Process, clock: ManualClock, given: Step): Promise<void> {
  switch (given.do) {
    case "measure":
      return process.measure(given.amount, given.kind);
    case "mode":
      process.exporter.mode = given.mode;
      return;
    case "expire":
      return process.expire(given.reclaimed);
    case "advance":
      return clock.advance(given.ms);
    default:
      return process[given.do]();
  }
}

describe.each([
  ["cumulative", AggregationTemporality.CUMULATIVE],
  ["delta", AggregationTemporality.DELTA],
])("whatever happens, a receiver of %s streams", (_, temporality) => {
  it("sees each go forward under one owner at a time, and all of them add up", async () => {
    const clock = steppedClock();
    await fc.assert(
      fc.asyncProperty(
        schedule,
        fc.constantFrom(undefined, 1, 3),
        async (steps, maxExportBatchSize) => {
          const receiver = new Receiver();
          const store = new Store(clock);
          const processes = ["a", "b", "c"].map(
            (name) => new Process(name, store, clock, receiver, temporality, maxExportBatchSize),
          );
          for (const [process, given] of steps) {
            await perform(processes[process]!, clock, given);
          }
          for (const process of processes) {
            process.exporter.mode = "ok";
            process.grant();
            await clock.advance(1);
            await process.flush();
            for (const name of METRICS) {
              const total = receiver.total(process.name, name);
              if (!process.lossy) expect([name, total]).toEqual([name, process.measured[name]]);
              else if (name !== "updown") {
                expect(total, name).toBeLessThanOrEqual(process.measured[name]);
              }
            }
          }
        },
      ),
      { numRuns: RUNS },
    );
  });
});
