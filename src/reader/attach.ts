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

/** What the attached readers of one Taskmon object share. */
export interface AttachContext extends ReaderContext {
  /** Names the Taskmon object in errors; asked when a reader is attached. */
  readonly owner: () => string;
  /** The reader was shut down, its last export done; what became of that, if it was ours to see. */
  readonly onShutdown: (
    reader: AttachableReader,
    delivery: ReaderDelivery | undefined,
  ) => Promise<void>;
}

/** Marks an attached reader, for all copies of this package in the process. */
const OWNER = Symbol.for("taskmon.attached");

const attachedReaders = new WeakMap<AttachableReader, AttachedReader>();

/**
 * Puts the gate and the number into a reader: wraps its `collect`, which push and pull both pass
 * through, its `shutdown`, and the exporter inside it. Changes this reader object only, and returns
 * it.
 * @param collector what the reader collects through, if its MeterProvider has handed that over already
 * @throws ReaderAttachedError `ERR_TASKMON_READER_ATTACHED` names the first owner
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for what is no reader
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

/** Who exports through a reader that another Taskmon object has attached. */
const guests = new WeakMap<AttachableReader, Set<object>>();

/**
 * Notes that `guest` exports through a reader that another one has attached: the end of that one is then not
 * the end of the reader's exports.
 * @returns a function that takes it back
 */
export function shareReader(reader: AttachableReader, guest: object): () => void {
  const all = guests.get(reader) ?? new Set();
  guests.set(reader, all.add(guest));
  return () => void all.delete(guest);
}

/** Whether a reader is attached, by whichever copy of this package. */
export function isAttached(reader: AttachableReader): boolean {
  return OWNER in reader;
}

/** Whether an attached reader must not send or answer metrics now; false for any other. */
export function isHeld(reader: AttachableReader): boolean {
  return attachedReaders.get(reader)?.isHeld ?? false;
}

/** What is known of an attached reader; undefined for any other. */
export function readerView(reader: AttachableReader): ReaderView | undefined {
  return attachedReaders.get(reader)?.view;
}

/**
 * A last export of an attached push reader, as far as the number is sure, and the end of all its exports
 * that began before. Rejects as the reader's `forceFlush` does. An attempt that finds no connection, or a
 * receiver that is busy, is repeated once, a second later. Nothing is done with a pull reader, with
 * one that was shut down, and while readers are off, when they work as if they were not attached.
 *
 * When `signal` aborts before that, what is on its way is cut off, and nothing of the reader is sent any
 * more, whatever it still tries; requests of an OTLP exporter are destroyed. A reader through which another
 * Taskmon object exports goes on then as if it was not attached.
 *
 * Rejects with an ExportsAbortedError `ERR_TASKMON_EXPORTS_ABORTED` when `signal` aborts.
 * @returns what became of what the reader had; undefined where nothing is done
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
 * Lets an attached reader export what it has, its own way, and waits for that. Never rejects.
 * @param rule how attempts that fail are repeated meanwhile
 * @returns the outcome; undefined for a pull reader, and in development mode, where nothing is sent
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
 * Settles when no export of an attached reader is under way, without beginning one. Nothing is cut off
 * when `signal` aborts.
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
