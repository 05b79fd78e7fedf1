import { uuidV5 } from "../shared/uuid.ts";
import type { Grant } from "./allocator.ts";
import { type Scope, type Target, targetKey } from "./target.ts";

/** The namespace that the semantic conventions prescribe for a `service.instance.id` of a stable source. */
const SERVICE_INSTANCE_NAMESPACE = "4d63009a-8d0f-11ee-aad7-4c796ed8e320";

/** The target as resource attributes. */
export function targetAttributes(target: Target): Record<string, string> {
  return {
    "service.name": target.serviceName,
    "taskmon.job.name": target.jobName,
    ...(target.region !== undefined && { "cloud.region": target.region }),
    "host.name": target.hostName,
  };
}

/**
 * Identifies the streams of the process that holds `num`: the same attributes after every restart.
 * @param worker the index of the process among those that share the number, if any do
 */
export function numberAttributes(
  target: Target,
  scope: Scope,
  num: number,
  worker?: number,
): Record<string, string | number> {
  const name = streamsName(target, scope, num, worker);
  return {
    "taskmon.task.number": num,
    ...(worker !== undefined && { "taskmon.task.worker": worker }),
    "service.instance.id": uuidV5(SERVICE_INSTANCE_NAMESPACE, name),
  };
}

/** The attributes of a process's number. Keeps the last ones, because their id is a hash. */
export class NumberAttributes {
  #name: string | undefined;
  #last: Record<string, string | number> = {};

  /** The same as {@link numberAttributes}; a new object each time. */
  of(target: Target, scope: Scope, { num, worker }: Grant): Record<string, string | number> {
    const name = streamsName(target, scope, num, worker);
    if (name !== this.#name) {
      this.#name = name;
      this.#last = numberAttributes(target, scope, num, worker);
    }
    return { ...this.#last };
  }
}

/** A string that is unique to the streams of the process that holds `num`. */
export function streamsName(target: Target, scope: Scope, num: number, worker?: number): string {
  // No other part contains a slash: they are percent-encoded.
  const shared = worker === undefined ? "" : `/${worker}`;
  return `${targetKey(target, scope)}|${num}${shared}`;
}

/** Identifies the streams of a process without a number: its own instance id. */
export function ownAttributes(instanceId: string): Record<string, string> {
  return { "service.instance.id": instanceId };
}

/**
 * Attributes of the SDK's and the common contributed detectors that describe one run of a process or
 * container.
 */
const OF_ONE_RUN = [
  "service.instance.id",
  "taskmon.instance.id",
  "process.pid",
  "process.parent_pid",
  "process.vpid",
  "process.group_leader.pid",
  "process.session_leader.pid",
  "process.creation.time",
  "process.linux.cgroup",
  "container.id",
  "k8s.pod.name",
  "k8s.pod.uid",
  "k8s.pod.ip",
  "k8s.pod.start_time",
  "k8s.container.restart_count",
  "aws.ecs.task.arn",
  "aws.ecs.task.id",
  "aws.ecs.container.arn",
  "aws.log.stream.arns",
  "aws.log.stream.names",
  "faas.instance",
] as const;

/** Their attributes that describe the place where it runs. */
const OF_THE_PLACE = [
  "host.name",
  "host.id",
  "host.ip",
  "host.mac",
  "cloud.availability_zone",
  "k8s.node.name",
  "k8s.node.uid",
] as const;

/**
 * The resource attributes that change at a restart; metrics are exported without them. If numbers are
 * unique in the fleet, these include the place: the next process with the number may run anywhere.
 */
export function volatileAttributes(scope: Scope): readonly string[] {
  return scope === "fleet" ? EVERYWHERE : OF_ONE_RUN;
}

const EVERYWHERE = [...OF_ONE_RUN, ...OF_THE_PLACE];
