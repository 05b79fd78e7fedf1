import { missingOf, type ReaderDelivery } from "../reader/collection-outcome.ts";
import type { AttachableReader } from "../sdk/types.ts";
import type { Clock } from "../shared/clock.ts";
import { createReporter } from "../shared/report.ts";
import { keepAlive } from "../shared/keep-alive.ts";
import { DEFAULT_TIMEOUT_MS, type ShutdownOptions, shutdownOptions } from "./options.ts";
import { Sequence, type SequenceReport, type Step } from "./sequence.ts";

/**
 * The result of a shutdown. `complete`: every step is done, and all earlier measurements reached the
 * receivers of all push readers.
 */
export interface ShutdownReport extends SequenceReport {
  /** What happened to the data of each push reader, as far as that was known in time. */
  readonly readers: readonly ReaderDelivery[];
}

/** Does something with a reader. */
export type ReaderCall<T> = (
  reader: AttachableReader,
  options: { readonly signal: AbortSignal },
) => Promise<T>;

/** What a shutdown ends. */
export interface EndingParts {
  readonly clock: Clock;
  /** Steps that come first, in this order, for example the end of checks. @default none */
  readonly first?: readonly Step[];
  readonly task: {
    /** Stops the heartbeats; settles when the one in flight has its outcome. */
    stopHeartbeats(): Promise<void>;
    release(options: { readonly signal: AbortSignal }): Promise<void>;
  };
  /** The attached readers that were not shut down. */
  readers(): Iterable<AttachableReader>;
  /**
   * Makes the last export of a reader, after those in flight. When the signal aborts, exports in flight are
   * cancelled, and no export begins any more.
   */
  readonly endReader: ReaderCall<ReaderDelivery | undefined>;
  /** The outcomes of the last exports of readers that were already shut down. @default none */
  endedReaders?(): readonly ReaderDelivery[];
  /** Settles when the reader has no export in flight; rejects when the signal aborts. */
  readonly settleReader: ReaderCall<void>;
  /** Releases the rest: listeners, opened resources, the claim on the target. */
  close(): void | Promise<void>;
}

/**
 * The shutdown of a Taskmon object: checks, probes and monitors stop, heartbeats stop, every reader makes
 * its last export, the number is handed back, and the rest is closed. In this order, within one deadline,
 * whatever fails on the way. The process stays alive meanwhile.
 */
export class Ending {
  readonly #sequence: Sequence;
  readonly #readers: ReaderDelivery[] = [];
  readonly #report = createReporter("shutdown");
  #running: Promise<ShutdownReport> | undefined;

  constructor(parts: EndingParts) {
    this.#sequence = new Sequence(parts.clock, stepsOf(parts, this.#readers));
  }

  /** Whether the shutdown has begun or is over. */
  get begun(): boolean {
    return this.#running !== undefined;
  }

  /**
   * Begins the shutdown; every call gets the same promise. A later call can make it faster, by a shorter
   * time or by its signal, but not slower. Never rejects and never throws: invalid options are reported and
   * replaced by the defaults.
   */
  run(options?: ShutdownOptions): Promise<ShutdownReport> {
    const { timeoutMs = this.begun ? Infinity : DEFAULT_TIMEOUT_MS, signal } =
      this.#checked(options);
    const whole = this.#sequence.run({ timeoutMs, signal });
    this.#running ??= this.#keptAlive(whole);
    return this.#running;
  }

  #checked(options: ShutdownOptions | undefined): ShutdownOptions {
    try {
      return shutdownOptions(options);
    } catch (error) {
      this.#report.errorOnce("options", "The shutdown got invalid options", error);
      return {};
    }
  }

  async #keptAlive(whole: Promise<SequenceReport>): Promise<ShutdownReport> {
    const end = keepAlive();
    try {
      return { ...(await whole), readers: [...this.#readers] };
    } finally {
      end();
    }
  }
}

/**
 * The steps. Half of the time is reserved for the last export, and a quarter for the number: a store that
 * hangs costs neither, and a receiver that hangs does not cost the number.
 * @param deliveries collects the outcomes of the last exports
 */
function stepsOf(parts: EndingParts, deliveries: ReaderDelivery[]): readonly Step[] {
  const { first = [], task } = parts;
  const each = <T>(call: ReaderCall<T>, signal: AbortSignal): Promise<T[]> =>
    all([...parts.readers()], (reader) => call(reader, { signal }));
  return [
    ...first,
    { name: "the end of the heartbeats", run: () => task.stopHeartbeats() },
    {
      name: "the last export",
      share: 0.5,
      async run(signal) {
        deliveries.push(...(parts.endedReaders?.() ?? []));
        await each(async (reader, options) => {
          const delivery = await parts.endReader(reader, options);
          if (delivery !== undefined) deliveries.push(delivery);
        }, signal);
        const missing = deliveries.flatMap((delivery) => missingOf(delivery) ?? []);
        if (missing.length > 0) throw new Error(missing.join("; "));
      },
    },
    {
      // A reader may have begun another export while other readers made their last one.
      name: "the end of the exports",
      share: 0.05,
      essential: true,
      async run(signal) {
        await each(parts.settleReader, signal).catch(() => undefined);
        // So that no export is in flight under a number that is handed back.
        await each(parts.endReader, AbortSignal.abort()).catch(() => undefined);
      },
    },
    {
      name: "the release of the task number",
      share: 0.25,
      essential: true,
      run: (signal) => task.release({ signal }),
    },
    { name: "the closing", share: 0.05, essential: true, run: () => parts.close() },
  ];
}

/** Calls it for all readers at once, waits for all, then rejects with the first error. */
async function all<T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<R[]> {
  const results = await Promise.allSettled(items.map(async (item) => run(item)));
  const errors = results.flatMap((result) =>
    result.status === "rejected" ? [result.reason as unknown] : [],
  );
  if (errors.length > 0) throw errors.length === 1 ? errors[0] : new AggregateError(errors);
  return results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
}
