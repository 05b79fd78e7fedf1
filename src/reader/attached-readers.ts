import type { MeterProvider } from "@opentelemetry/api";
import {
  type AttachContext,
  type AttachOptions,
  attachReader,
  flushReader,
  isAttached,
  readerView,
  settleReader,
  shareReader,
} from "./attach.ts";
import { type BoundReader, isNoopProvider, readersOfProvider } from "../sdk/provider.ts";
import { TESTED_VERSIONS } from "../sdk/versions.ts";
import { classNameOf } from "../shared/class-name.ts";
import { TaskmonError } from "../shared/errors.ts";
import { createReporter } from "../shared/report.ts";
import type { AttachableReader } from "../sdk/types.ts";
import { missingOf, type ReaderDelivery } from "./collection-outcome.ts";
import type { RetryRule } from "./retry-rule.ts";
import type { ReaderView } from "./reader-view.ts";

/** A requested export failed. */
export class ExportFailedError extends TaskmonError {
  readonly code = "ERR_TASKMON_EXPORT_FAILED";
}

/** The result of a flush. */
export interface FlushReport {
  /** The outcome for each push reader. A flush does not wait for scrapes. */
  readonly readers: readonly ReaderDelivery[];
  /** Whether every receiver has everything that was recorded before the flush. */
  readonly complete: boolean;
}

/** The most outcomes that are kept of readers that were shut down. */
const MAX_ENDED = 99;

/** The attached readers of one Taskmon object that are not shut down. */
export class AttachedReaders implements Iterable<AttachableReader> {
  readonly #readers = new Set<AttachableReader>();
  readonly #context: AttachContext;
  readonly #report = createReporter("reader");
  #ended: readonly ReaderDelivery[] = [];
  /**
   * For readers that another Taskmon object has attached, and that export our metrics too: the functions that
   * leave them.
   */
  readonly #leaves = new Map<AttachableReader, () => void>();

  /** @param onLastShutdown called after the last reader was shut down and its last export is done */
  constructor(context: Omit<AttachContext, "onShutdown">, onLastShutdown: () => Promise<unknown>) {
    this.#context = {
      ...context,
      onShutdown: async (reader, delivery) => {
        this.#readers.delete(reader);
        if (delivery !== undefined) this.#ended = [...this.#ended.slice(-MAX_ENDED), delivery];
        if (this.#readers.size === 0) await onLastShutdown();
      },
    };
  }

  [Symbol.iterator](): IterableIterator<AttachableReader> {
    return this.#readers.values();
  }

  /** The status of each reader. */
  get views(): ReaderView[] {
    return [...this.#readers].flatMap((reader) => readerView(reader) ?? []);
  }

  /**
   * Attaches a reader, and returns it.
   * @throws ReaderAttachedError `ERR_TASKMON_READER_ATTACHED`
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for what is no reader
   */
  attach<R extends AttachableReader>(reader: R, options?: AttachOptions): R {
    attachReader(reader, this.#context, options);
    this.#readers.add(reader);
    return reader;
  }

  /**
   * Attaches the readers of a MeterProvider that are not attached yet, if `attach` is true. Never throws: if
   * they are not found or cannot be attached, this is logged once.
   * @returns whether each reader of the provider is attached here
   */
  reach(provider: MeterProvider, attach: boolean): boolean {
    const found = readersOfProvider(provider);
    if (found === undefined) {
      if (attach && !isNoopProvider(provider) && this.#readers.size === 0) this.#notFound(provider);
      return false;
    }
    if (attach) for (const bound of found) this.#attachBound(bound);
    for (const { reader } of found) {
      if (this.#readers.has(reader) || !isAttached(reader) || this.#leaves.has(reader)) continue;
      this.#leaves.set(reader, shareReader(reader, this));
    }
    return found.every(({ reader }) => this.#readers.has(reader));
  }

  #attachBound({ reader, collector }: BoundReader): void {
    if (isAttached(reader)) return;
    try {
      attachReader(reader, this.#context, undefined, collector);
      this.#readers.add(reader);
    } catch (error) {
      this.#report.warnOnce("attach", "A reader could not be attached", error);
    }
  }

  #notFound(provider: MeterProvider): void {
    this.#report.warnOnce(
      "readers",
      `The readers of this ${classNameOf(provider, "MeterProvider")} were not found, so their exports have no ` +
        "task number: call taskmon.attach(reader) for each of them (tested with sdk-metrics " +
        `${TESTED_VERSIONS.join(", ")})`,
    );
  }

  /** Waits for running exports. Rejects when `signal` aborts. */
  async settle(signal: AbortSignal): Promise<void> {
    await Promise.all([...this.#readers].map((reader) => settleReader(reader, { signal })));
  }

  /** Lets each push reader export its data now, and returns what arrived. Never rejects. */
  async flush(): Promise<FlushReport> {
    const readers = await this.#flushed("own");
    return { readers, complete: readers.every(({ outcome }) => outcome === "delivered") };
  }

  /**
   * The same for a request that waits for it: failed attempts are not repeated. It waits for all readers
   * first.
   *
   * Rejects with an ExportFailedError `ERR_TASKMON_EXPORT_FAILED` if an export did not arrive.
   */
  async export(): Promise<void> {
    const readers = await this.#flushed("never");
    const missing = readers.find(({ outcome }) => outcome === "failed" || outcome === "held");
    if (missing !== undefined) throw new ExportFailedError(missingOf(missing));
  }

  /** Stops exporting through readers that others have attached. */
  close(): void {
    for (const leave of this.#leaves.values()) leave();
    this.#leaves.clear();
  }

  /** The outcomes of the last exports of readers that were shut down. */
  get ended(): readonly ReaderDelivery[] {
    return this.#ended;
  }

  async #flushed(rule: RetryRule): Promise<ReaderDelivery[]> {
    const readers = await Promise.all([...this.#readers].map((one) => flushReader(one, rule)));
    return readers.flatMap((one) => one ?? []);
  }
}
