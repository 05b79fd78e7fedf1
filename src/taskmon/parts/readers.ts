import type { Attributes } from "@opentelemetry/api";
import type { Identity } from "../../identity/identity.ts";
import { readerMetrics } from "../../reader/metrics.ts";
import { AttachedReaders } from "../../reader/attached-readers.ts";
import { givenViews } from "../../sdk/given-views.ts";
import type { MetricProducerLike } from "../../points/producer.ts";
import { InvalidOptionError } from "../../shared/errors.ts";
import { booleanOption, methodsOption } from "../../shared/options.ts";
import { processAttributes } from "../../task/detector.ts";
import type { Target } from "../../task/target.ts";
import type { Task } from "../../task/task.ts";
import type { Core } from "../core.ts";
import type { TaskmonOptions } from "../options.ts";
import type { Part } from "../part.ts";
import type { MetricsPart } from "./metrics.ts";

/** The attached readers. */
export interface ReadersPart extends Part {
  readonly readers: AttachedReaders;
}

/**
 * Lets readers export the metrics under the task's number.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function readersPart(
  core: Core,
  given: Pick<TaskmonOptions, "autoAttach" | "metricProducers" | "views">,
  task: Task,
  metricsPart: MetricsPart,
): ReadersPart {
  const { clock, policy, identity, metrics, life, events, listeners } = core;
  const autoAttach = booleanOption("autoAttach", given.autoAttach, true);
  const views = given.views === undefined ? undefined : givenViews("views", given.views);
  const metricProducers = producersOption(given.metricProducers);
  const { held } = readerMetrics(metrics);
  const readers = new AttachedReaders(
    {
      ...{ registry: metrics, lease: task, clock, events, metricProducers },
      ...(views !== undefined && { views }),
      owner: () => core.target.owner,
      target: attributesOf(() => core.target.known, identity),
      exportTimeoutMs: policy.exportTimeoutMs,
      unnumberedHoldMs: policy.unnumberedHoldMs,
      instanceLabel: () => task.instanceLabel,
      mode: () => life.mode,
      isLast: () => life.hasEnded,
      flushIntervalMs: () => life.flush.flushIntervalMs,
      onHeld: (reason) => held.add(1, { "taskmon.reason": reason }),
      onSilent: (silence) => listeners.emit("silent", silence),
      onRecovered: (recovery) => listeners.emit("recovered", recovery),
    },
    // The SDK shuts down each reader after its last export; after the last reader we shut down too.
    () => life.askForEnd(),
  );
  return {
    name: "readers",
    readers,
    setMeterProvider: (provider) =>
      metricsPart.deliver(provider, readers.reach(provider, autoAttach)),
    close: () => readers.close(),
    status: () => readers.views,
  };
}

function producersOption(given: TaskmonOptions["metricProducers"] = []): MetricProducerLike[] {
  if (!Array.isArray(given)) {
    throw new InvalidOptionError("metricProducers", "a list of metric producers", given);
  }
  return given.map((producer: MetricProducerLike, at) =>
    methodsOption(`metricProducers[${at}]`, producer, ["collect"]),
  );
}

/** The attributes of target and identity: one object as long as the target is the same. */
function attributesOf(targetOf: () => Target | undefined, identity: Identity): () => Attributes {
  let known: { readonly target: Target | undefined; readonly attributes: Attributes } | undefined;
  return () => {
    const target = targetOf();
    if (known === undefined || known.target !== target) {
      known = { target, attributes: target ? processAttributes(target, identity) : {} };
    }
    return known.attributes;
  };
}
