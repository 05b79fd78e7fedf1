import type { MetricRegistry } from "../metrics/registry.ts";
import type { Clock } from "../shared/clock.ts";
import { InvalidOptionError, TaskmonError } from "../shared/errors.ts";
import { choiceOption, methodsOption, optionsObject } from "../shared/options.ts";
import { withoutAbsentSeries } from "./absent.ts";
import { type GateView, type HoldReason, holdReason } from "./gate.ts";
import { type StreamIdentity, StreamResource } from "./resource.ts";
import type { AttachableReader, Collected, CollectOptions, ResourceLike } from "./types.ts";

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
}

/** What the attached readers of one Taskmon object share. */
export interface AttachContext {
  /** Names the Taskmon object in errors. */
  readonly owner: string;
  readonly registry: MetricRegistry;
  readonly lease: GateView & StreamIdentity & { settled(): Promise<void> };
  readonly clock: Clock;
  readonly exportTimeoutMs: number;
  /** An export was held. */
  readonly onHeld: (reason: HoldReason) => void;
  /** The reader was shut down, its last export done. */
  readonly onShutdown: (reader: AttachableReader) => Promise<void>;
}

/** Marks an attached reader, for all copies of this package in the process. */
const OWNER = Symbol.for("taskmon.attached");

/**
 * Puts the gate and the number into a reader: wraps its `collect`, which push and pull both pass
 * through, and its `shutdown`. Changes this reader object only, and returns it.
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
  const given = optionsObject("attach options", options, ["kind"]);
  const kind = choiceOption("kind", given.kind ?? kindOf(reader), ["push", "pull"]);
  const first = (reader as { [OWNER]?: string })[OWNER];
  if (first !== undefined) {
    throw new ReaderAttachedError(
      `This ${reader.constructor.name} is attached already, to ${first}`,
    );
  }
  Object.defineProperty(reader, OWNER, { value: context.owner });

  const collect = reader.collect.bind(reader);
  const shutdown = reader.shutdown.bind(reader);
  const resource = new StreamResource(context.lease, context.clock);
  reader.collect = (collectOptions): Promise<Collected> =>
    kind === "pull"
      ? collectNumbered(collect, collectOptions, resource, context)
      : collectGated(collect, collectOptions, resource, context);
  reader.shutdown = async (shutdownOptions): Promise<void> => {
    try {
      await shutdown(shutdownOptions);
    } finally {
      await context.onShutdown(reader);
    }
  };
  return reader;
}

type Collect = (options?: CollectOptions) => Promise<Collected>;

/** Collects, and gives what was collected the number's resource. */
async function collectNumbered(
  collect: Collect,
  options: CollectOptions | undefined,
  resource: StreamResource,
  context: AttachContext,
): Promise<Collected> {
  const collected = await collect(options);
  const { scopeMetrics } = collected.resourceMetrics;
  const base = collected.resourceMetrics.resource;
  await resource.settle(base);
  return {
    ...collected,
    resourceMetrics: {
      ...collected.resourceMetrics,
      resource: resource.of(base),
      scopeMetrics: withoutAbsentSeries(scopeMetrics, context.registry),
    },
  };
}

/** Like {@link collectNumbered}; while the number is not sure, collects nothing instead. */
async function collectGated(
  collect: Collect,
  options: CollectOptions | undefined,
  resource: StreamResource,
  context: AttachContext,
): Promise<Collected> {
  const { lease, exportTimeoutMs } = context;
  // The first heartbeat may be under way, and this the only export of a short-lived process.
  if (lease.state === "unassigned") await lease.settled();
  let reason = holdReason(lease, exportTimeoutMs);
  if (reason === undefined) {
    const collected = await collectNumbered(collect, options, resource, context);
    // The process may have been stopped meanwhile, for long.
    reason = holdReason(lease, exportTimeoutMs);
    if (reason === undefined) return collected;
  }
  context.onHeld(reason);
  return nothingCollected();
}

/** What makes a periodic reader skip its export. It is not collected, so delta data stays in the SDK. */
function nothingCollected(): Collected {
  const resource: ResourceLike = { attributes: {}, asyncAttributesPending: false };
  return { resourceMetrics: { resource, scopeMetrics: [] }, errors: [] };
}

function kindOf(reader: AttachableReader): "push" | "pull" {
  return "getMetricsRequestHandler" in reader ? "pull" : "push";
}
