import { InvalidOptionError, TaskmonError } from "../shared/errors.ts";
import { booleanOption, choiceOption, methodsOption, optionsObject } from "../shared/options.ts";
import { AttachedReader, type ReaderContext, type ReaderView } from "./attached.ts";
import { gateExporterOf } from "./exporter.ts";
import type { AttachableReader } from "./types.ts";

/** A reader is attached already. */
export class ReaderAttachedError extends TaskmonError {
  readonly code = "ERR_TASKMON_READER_ATTACHED";
}

/** How one reader is attached. */
export interface AttachOptions {
  /**
   * `push`: the reader sends by itself, and is held while the number is not sure; `pull`: it answers
   * scrapes, always. @default `pull` for a reader with a `getMetricsRequestHandler` method, as
   * `PrometheusExporter` has, else `push`
   */
  readonly kind?: "push" | "pull";
  /**
   * For a pull reader that puts the number on every series: while the number is not sure it answers
   * with `target_info` alone, and each new number starts its streams again. Of a push reader,
   * `unnumberedHoldMs` of the lease options says how long it is held. @default false
   */
  readonly hold?: boolean;
  /**
   * What a sum that grows and shrinks does when the number changes: `keep` its level, which is what is
   * there now (requests in flight), and which Prometheus shows as a gauge; or `restart` at zero, as every
   * other cumulative stream does, so that what all streams brought adds up. @default `keep`
   */
  readonly upDownCounters?: "restart" | "keep";
}

/** What the attached readers of one Taskmon object share. */
export interface AttachContext extends ReaderContext {
  /** Names the Taskmon object in errors. */
  readonly owner: string;
  /** The reader was shut down, its last export done. */
  readonly onShutdown: (reader: AttachableReader) => Promise<void>;
}

/** Marks an attached reader, for all copies of this package in the process. */
const OWNER = Symbol.for("taskmon.attached");

const attachedReaders = new WeakMap<AttachableReader, AttachedReader>();

/**
 * Puts the gate and the number into a reader: wraps its `collect`, which push and pull both pass
 * through, its `shutdown`, and the exporter inside it. Changes this reader object only, and returns
 * it.
 * @throws ReaderAttachedError `ERR_TASKMON_READER_ATTACHED` names the first owner
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for what is no reader
 */
export function attachReader<R extends AttachableReader>(
  reader: R,
  context: AttachContext,
  options?: AttachOptions,
): R {
  methodsOption<AttachableReader>("reader", reader, ["collect", "forceFlush", "shutdown"]);
  if (!Object.isExtensible(reader)) throw new InvalidOptionError("reader", "not frozen", reader);
  const { kind, hold, keepUpDownCounters } = resolveOptions(reader, options);
  const first = (reader as { [OWNER]?: string })[OWNER];
  if (first !== undefined) {
    throw new ReaderAttachedError(
      `This ${reader.constructor.name} is attached already, to ${first}`,
    );
  }
  Object.defineProperty(reader, OWNER, { value: context.owner });

  const reported = kind === "push" && gateExporterOf(reader, context.clock);
  const attached = new AttachedReader(reader, context, {
    kind,
    hold,
    reported,
    keepUpDownCounters,
  });
  attachedReaders.set(reader, attached);
  const shutdown = reader.shutdown.bind(reader);
  reader.collect = (collectOptions) => attached.collect(collectOptions);
  reader.shutdown = async (shutdownOptions): Promise<void> => {
    try {
      await shutdown(shutdownOptions);
    } finally {
      await context.onShutdown(reader);
    }
  };
  return reader;
}

/** Whether an attached reader must not send or answer metrics now; false for any other. */
export function isHeld(reader: AttachableReader): boolean {
  return attachedReaders.get(reader)?.isHeld ?? false;
}

/** What is known of an attached reader; undefined for any other. */
export function readerView(reader: AttachableReader): ReaderView | undefined {
  return attachedReaders.get(reader)?.view;
}

function resolveOptions(
  reader: AttachableReader,
  options: AttachOptions | undefined,
): { kind: "push" | "pull"; hold: boolean; keepUpDownCounters: boolean } {
  const given = optionsObject("attach options", options, ["kind", "hold", "upDownCounters"]);
  const kind = choiceOption("kind", given.kind ?? kindOf(reader), ["push", "pull"]);
  const hold = booleanOption("hold", given.hold, false);
  if (hold && kind === "push") {
    throw new InvalidOptionError(
      "hold",
      "left out for a push reader, whose hold is lease.unnumberedHoldMs",
      hold,
    );
  }
  const upDown = choiceOption("upDownCounters", given.upDownCounters, ["keep", "restart"]);
  return { kind, hold, keepUpDownCounters: upDown === "keep" };
}

function kindOf(reader: AttachableReader): "push" | "pull" {
  return "getMetricsRequestHandler" in reader ? "pull" : "push";
}
