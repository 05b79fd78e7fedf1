import { missingOf, type ReaderDelivery } from "../reader/collection-outcome.ts";
import type { AttachableReader } from "../sdk/types.ts";
import type { Clock } from "../shared/clock.ts";
import { createReporter } from "../shared/report.ts";
import { keepAlive } from "../shared/keep-alive.ts";
import { DEFAULT_TIMEOUT_MS, type ShutdownOptions, shutdownOptions } from "./options.ts";
import { Sequence, type SequenceReport, type Step } from "./sequence.ts";

/**
 * How a shutdown went. `complete`: every step is done, and what was recorded before reached the receivers
 * of all push readers.
 */
export interface ShutdownReport extends SequenceReport {
  /** What became of what each push reader had, as far as that was known in time. */
  readonly readers: readonly ReaderDelivery[];
}

/** Does something with a reader. */
export type ReaderCall<T> = (
  reader: AttachableReader,
  options: { readonly signal: AbortSignal },
) => Promise<T>;

/** What is ended. */
export interface EndingParts {
  readonly clock: Clock;
  /** What ends before all else, in this order: checks, say. @default nothing */
  readonly first?: readonly Step[];
  readonly task: {
    /** No further heartbeat begins; settles when the one under way has its outcome. */
    stopHeartbeats(): Promise<void>;
    release(options: { readonly signal: AbortSignal }): Promise<void>;
  };
  /** The attached readers that were not shut down. */
  readers(): Iterable<AttachableReader>;
  /**
   * The last export of a reader; those that it had begun are awaited. When the signal aborts, what is on
   * its way is cut off, and nothing begins any more.
   */
  readonly endReader: ReaderCall<ReaderDelivery | undefined>;
  /** What became of the last exports of readers that were shut down. @default there were none */
  endedReaders?(): readonly ReaderDelivery[];
  /** Settles when no export of the reader is under way, or rejects when the signal aborts. */
  readonly settleReader: ReaderCall<void>;
  /** Takes away what is left: listeners, what was opened, the claim to the target. */
  close(): void | Promise<void>;
}

/**
 * The end of a Taskmon object: checks and the like stop, heartbeats stop, every reader exports for the last time,
 * the number goes back, and what is left is closed. In this order, within one deadline, whatever fails
 * on the way; the process is kept alive meanwhile.
 */
export class Ending {
  readonly #sequence: Sequence;
  readonly #readers: ReaderDelivery[] = [];
  readonly #report = createReporter("shutdown");
  #running: Promise<ShutdownReport> | undefined;

  constructor(parts: EndingParts) {
    this.#sequence = new Sequence(parts.clock, stepsOf(parts, this.#readers));
  }

  /** Whether it has begun, or is over. */
  get begun(): boolean {
    return this.#running !== undefined;
  }

  /**
   * Begins the end; every call gets the same promise. A later one may hasten it, by a shorter time or by
   * its signal, and cannot slow it down. Never rejects, and never throws: options that are wrong are
   * reported, and the defaults take their place.
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
      this.#report.errorOnce("options", "The shutdown was given wrong options", error);
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
 * The steps. Half of the time is kept for the last export, a quarter for the number: a store that hangs
 * costs neither, and a receiver that hangs does not cost the number.
 * @param deliveries takes what becomes of the last exports
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
      // A reader whose last export is done may have begun another one while others were at theirs.
      name: "the end of the exports",
      share: 0.05,
      essential: true,
      async run(signal) {
        await each(parts.settleReader, signal).catch(() => undefined);
        // So that none is under way under a number that is handed back.
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

/** Does it for each at once, waits for all, and then rejects with the first error. */
async function all<T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<R[]> {
  const results = await Promise.allSettled(items.map(async (item) => run(item)));
  const errors = results.flatMap((result) =>
    result.status === "rejected" ? [result.reason as unknown] : [],
  );
  if (errors.length > 0) throw errors.length === 1 ? errors[0] : new AggregateError(errors);
  return results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
}
