import { takesStreams } from "../points/streams.ts";
import { InvalidOptionError, TaskmonError } from "../shared/errors.ts";
import { methodsOption } from "../shared/options.ts";
import { type AttachOptions, attachOptions } from "./attach-options.ts";
import { AttachedReader } from "./attached-reader.ts";
import type { ReaderContext } from "./context.ts";
import type { ReaderDelivery } from "./collection-outcome.ts";
import { runEndHooks } from "./end-hooks.ts";
import { failureText } from "./export-figures.ts";
import { type EndOptions, exported, lastExport, settled } from "./last-export.ts";
import type { RetryRule } from "./retry-rule.ts";
import { gateExporterOf } from "./exporter.ts";
import { claimName } from "./reader-names.ts";
import { type Collector, whenBound } from "../sdk/provider.ts";
import { readerClassOf } from "../sdk/reader-class.ts";
import type { AttachableReader } from "../sdk/types.ts";
import type { ReaderView } from "./reader-view.ts";

export type { AttachOptions } from "./attach-options.ts";

/** The reader is already attached. */
export class ReaderAttachedError extends TaskmonError {
  readonly code = "ERR_TASKMON_READER_ATTACHED";
}

/** The context that the attached readers of one Taskmon object share. */
export interface AttachContext extends ReaderContext {
  /** Returns a name of the Taskmon object for errors. Called when a reader is attached. */
  readonly owner: () => string;
  /**
   * Called after the reader was shut down and its last export is done. `delivery` is the outcome, if we could
   * see it.
   */
  readonly onShutdown: (
    reader: AttachableReader,
    delivery: ReaderDelivery | undefined,
  ) => Promise<void>;
}

/** Marks an attached reader. All copies of this package in the process share the mark. */
const OWNER = Symbol.for("taskmon.attached");

const attachedReaders = new WeakMap<AttachableReader, AttachedReader>();

/**
 * Puts the gate and the number into a reader. It wraps the reader's `collect`, which both push and pull use,
 * its `shutdown`, and the exporter inside it. It changes only this reader object, and returns it.
 * @param collector the collector of the reader, if its MeterProvider has already set it
 * @throws ReaderAttachedError `ERR_TASKMON_READER_ATTACHED` names the first owner
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` if it is not a reader
 */
export function attachReader<R extends AttachableReader>(
  reader: R,
  context: AttachContext,
  options?: AttachOptions,
  collector?: Collector,
): R {
  methodsOption<AttachableReader>("reader", reader, ["collect", "forceFlush", "shutdown"]);
  if (!Object.isExtensible(reader)) throw new InvalidOptionError("reader", "not frozen", reader);
  const given = attachOptions(reader, options);
  const first = (reader as { [OWNER]?: string })[OWNER];
  if (first !== undefined) {
    throw new ReaderAttachedError(
      `This ${readerClassOf(reader)} is attached already, to ${first}; setMeterProvider attaches a ` +
        "provider's readers, so attach a reader with options of its own before that",
    );
  }
  Object.defineProperty(reader, OWNER, { value: context.owner() });

  const reported =
    given.kind === "push" &&
    gateExporterOf(reader, context.clock, (batch) =>
      attachedReaders.get(reader)?.plainPermit(batch),
    );
  const { name, release } = claimName(context.registry, given.name);
  const attached = new AttachedReader(reader, context, { ...given, name, reported });
  attachedReaders.set(reader, attached);
  const shutdown = reader.shutdown.bind(reader);
  const collect: AttachableReader["collect"] = (asked) => attached.collect(asked);
  reader.collect = collect;
  if (takesStreams(reader)) reader.setStreamSource(attached.streamSource(collect));
  if (collector === undefined) whenBound(reader, (bound) => attached.boundTo(bound));
  else attached.boundTo(collector);
  reader.shutdown = async (shutdownOptions): Promise<void> => {
    try {
      await attached.endingWith(() => shutdown(shutdownOptions));
    } finally {
      release();
      await context.onShutdown(reader, attached.ownDelivery);
    }
  };
  return reader;
}

/** The users of a reader that another Taskmon object has attached. */
const guests = new WeakMap<AttachableReader, Set<object>>();

/**
 * Notes that `guest` exports through a reader that another Taskmon object has attached. When that object
 * ends, the reader's exports go on.
 * @returns a function that undoes it
 */
export function shareReader(reader: AttachableReader, guest: object): () => void {
  const all = guests.get(reader) ?? new Set();
  guests.set(reader, all.add(guest));
  return () => void all.delete(guest);
}

/** Whether a reader is attached, by any copy of this package. */
export function isAttached(reader: AttachableReader): boolean {
  return OWNER in reader;
}

/**
 * Whether an attached reader must not send or answer metrics now. False for a reader that is not attached.
 */
export function isHeld(reader: AttachableReader): boolean {
  return attachedReaders.get(reader)?.isHeld ?? false;
}

/** Returns the status of an attached reader, or undefined if it is not attached. */
export function readerView(reader: AttachableReader): ReaderView | undefined {
  return attachedReaders.get(reader)?.view;
}

/**
 * Makes a last export of an attached push reader, if the number is certain, and waits for all its earlier
 * exports. Rejects if the reader's `forceFlush` rejects. If there is no connection, or the receiver is busy,
 * the attempt is repeated once, a second later. It does nothing for a pull reader, for a reader that was shut
 * down, and while readers are off.
 *
 * If `signal` aborts before that, running exports are cut off and the reader can send nothing more; requests
 * of an OTLP exporter are destroyed. But if another Taskmon object uses the reader, the reader goes on as if
 * it was not attached.
 *
 * Rejects with an ExportsAbortedError `ERR_TASKMON_EXPORTS_ABORTED` when `signal` aborts.
 * @returns the outcome of the last export; undefined if it did nothing
 */
export async function endReader(
  reader: AttachableReader,
  options: EndOptions = {},
): Promise<ReaderDelivery | undefined> {
  const attached = attachedReaders.get(reader);
  if (attached === undefined) return undefined;
  if (options.signal?.aborted === true && (guests.get(reader)?.size ?? 0) > 0) {
    attached.letGo();
    return undefined;
  }
  if (options.signal?.aborted !== true) await runEndHooks(reader);
  if (!attached.hasEnd) return undefined;
  return lastExport(reader, attached, options.signal);
}

/**
 * Lets an attached reader export its data in its own way, and waits for it. Never rejects.
 * @param rule how failed attempts are repeated meanwhile
 * @returns the outcome; undefined for a pull reader, and in development mode, in which nothing is sent
 */
export async function flushReader(
  reader: AttachableReader,
  rule: RetryRule,
): Promise<ReaderDelivery | undefined> {
  const attached = attachedReaders.get(reader);
  if (attached === undefined || !attached.sends) {
    await (async () => reader.forceFlush())().catch(() => undefined);
    return undefined;
  }
  const mark = attached.mark;
  const relax = rule === "own" ? undefined : attached.hurry(rule);
  try {
    return await exported(reader, attached);
  } catch (error) {
    return { ...attached.deliverySince(mark), outcome: "failed", error: failureText(error) };
  } finally {
    relax?.();
  }
}

/**
 * Waits until no export of an attached reader is running. It does not start one. If `signal` aborts, nothing
 * is cut off.
 *
 * Rejects with an ExportsAbortedError `ERR_TASKMON_EXPORTS_ABORTED` when `signal` aborts.
 */
export async function settleReader(
  reader: AttachableReader,
  options: EndOptions = {},
): Promise<void> {
  const attached = attachedReaders.get(reader);
  if (attached !== undefined) await settled(attached, options.signal);
}
