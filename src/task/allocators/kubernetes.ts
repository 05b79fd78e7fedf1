import { hostname } from "node:os";
import type { Environment } from "../../shared/environment.ts";
import { InvalidOptionError } from "../../shared/errors.ts";
import { integerOption, optionsObject, textOption } from "../../shared/options.ts";
import type { TaskNumAllocator } from "../allocator.ts";
import { NumberUnknownError } from "./errors.ts";
import { FixedAllocator } from "./fixed/fixed-allocator.ts";
import { podOrdinal } from "./fixed/ordinal.ts";

/** Options of {@link kubernetesAllocator}. */
export interface KubernetesAllocatorOptions {
  /**
   * The environment variable that has the number. Set it through the downward API from the label
   * `apps.kubernetes.io/pod-index`, above all for pods on the host's network, whose host name is the
   * node's. @default `JOB_COMPLETION_INDEX` in an Indexed Job, else the end of the host name: `web-3`
   */
  readonly variable?: string;
  /** The StatefulSet's `spec.ordinals.start`, which becomes task 0. @default 0 */
  readonly firstOrdinal?: number;
}

/**
 * The number that Kubernetes gave this pod: a StatefulSet's ordinal, or an Indexed Job's completion
 * index. One process of a target in each pod.
 *
 * A heartbeat costs nothing and cannot fail; there is no store. A StatefulSet starts a pod again when
 * its predecessor has ended; but after a forced deletion (also by a node's taint manager, `kubectl delete
 * --force`) both may run, and an Indexed Job runs two pods of one index at times, unless its
 * `podReplacementPolicy` is `Failed`. They export the same streams then, and nothing here can tell.
 * A Deployment's pods have no number: use Redis, PostgreSQL or etcd for those.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 * @throws NumberUnknownError `ERR_TASKMON_NUMBER_UNKNOWN`: neither environment nor host name says it
 */
export function kubernetesAllocator(
  options?: KubernetesAllocatorOptions,
  env: Environment = process.env,
  hostName: string = hostname(),
): TaskNumAllocator {
  const given = optionsObject("kubernetesAllocator", options, ["variable", "firstOrdinal"]);
  const variable =
    given.variable === undefined
      ? undefined
      : textOption("kubernetesAllocator.variable", given.variable);
  const firstOrdinal = integerOption("kubernetesAllocator.firstOrdinal", given.firstOrdinal, {
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    default: 0,
  });
  const ordinal = podOrdinal(env, hostName, variable);
  if (typeof ordinal === "string") throw new NumberUnknownError("kubernetesAllocator", ordinal);
  if (ordinal < firstOrdinal) {
    const expected = `at most the pod's ordinal, ${ordinal}`;
    throw new InvalidOptionError("kubernetesAllocator.firstOrdinal", expected, firstOrdinal);
  }
  return new FixedAllocator("kubernetes", "fleet", ordinal - firstOrdinal);
}
