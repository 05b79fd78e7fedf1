import type { HandleOf } from "../metrics/handles.ts";
import type { MetricRegistry } from "../metrics/registry.ts";
import type { MetricSpec } from "../metrics/spec.ts";
import { methodsOption } from "../shared/options.ts";
import { type LoadedSpecs, loadMetricSpecs } from "./load.ts";

/** The handles of specs, by the same names. */
export type HandlesOf<S extends object> = {
  readonly [N in keyof S]: S[N] extends MetricSpec<infer K, infer V> ? HandleOf<K, V> : never;
};

/** The registered declarations of spec files. */
export interface RegisteredSpecs<S extends object> extends LoadedSpecs<S> {
  /** The metrics' handles, by the names of `byName`. */
  readonly handles: HandlesOf<S>;
}

/**
 * Reads spec files as {@link loadMetricSpecs} does, and registers every metric of them: all, or none where
 * one contradicts a metric that is registered.
 *
 * @param files paths, from the working directory
 * @throws SpecFileError `ERR_TASKMON_SPEC_FILE` with every problem of every file
 * @throws MetricConflictError `ERR_TASKMON_METRIC_CONFLICT` names both metrics
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for anything but a registry
 */
export async function loadAndRegister<S extends object = Readonly<Record<string, MetricSpec>>>(
  registry: MetricRegistry,
  files: string | readonly string[],
): Promise<RegisteredSpecs<S>> {
  methodsOption("registry", registry, ["register", "unregister"]);
  const loaded = await loadMetricSpecs<S>(files);
  const added: MetricSpec[] = [];
  try {
    for (const spec of loaded.specs) {
      if (registry.has(spec)) continue;
      registry.register(spec);
      added.push(spec);
    }
  } catch (error) {
    for (const spec of added) registry.unregister(spec);
    throw error;
  }
  const handles = Object.entries(loaded.byName as Readonly<Record<string, MetricSpec>>).map(
    ([name, spec]) => [name, registry.register(spec)] as const,
  );
  return Object.freeze({ ...loaded, handles: Object.fromEntries(handles) as HandlesOf<S> });
}
