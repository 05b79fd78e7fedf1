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
   * The environment variable that holds the number. Set it through the downward API from the label
   * `apps.kubernetes.io/pod-index`, above all for pods on the host's network, whose host name is the
   * node's. @default `JOB_COMPLETION_INDEX` in an Indexed Job, else the end of the host name: `web-3`
   */
  readonly variable?: string;
  /** The StatefulSet's `spec.ordinals.start`, which becomes task 0. @default 0 */
  readonly firstOrdinal?: number;
}

/**
 * The number that Kubernetes gave this pod: a StatefulSet's ordinal, or an Indexed Job's completion index.
 * For one process of a target per pod.
 *
 * A heartbeat costs nothing and cannot fail; there is no store. A StatefulSet starts a pod again after its
 * predecessor has ended. After a forced deletion (`kubectl delete --force`, or a node's taint manager) both
 * may run for a while. An Indexed Job sometimes runs two pods with one index, unless its
 * `podReplacementPolicy` is `Failed`. Such pods export the same streams, and we cannot detect it. Pods of a
 * Deployment have no number: use Redis, PostgreSQL or etcd for those.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 * @throws NumberUnknownError `ERR_TASKMON_NUMBER_UNKNOWN`: neither the environment nor the host name has
 *   a number
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
