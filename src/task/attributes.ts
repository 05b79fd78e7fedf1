import { uuidV5 } from "../shared/uuid.ts";
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
 * What identifies the streams of the process that holds `num`: the same after every restart.
 * @param worker which of the processes it is that share the number, if any do
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

/** A text that names the streams of the process that holds `num`, and no others. */
export function streamsName(target: Target, scope: Scope, num: number, worker?: number): string {
  // A slash stands nowhere else: the parts of a target are percent-encoded.
  const shared = worker === undefined ? "" : `/${worker}`;
  return `${targetKey(target, scope)}|${num}${shared}`;
}

/** What identifies the streams of a process without a number: its own instance id. */
export function ownAttributes(instanceId: string): Record<string, string> {
  return { "service.instance.id": instanceId };
}

/** What the SDK's and the common contributed detectors say of one run of a process or container. */
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

/** What they say of the place where it runs. */
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
 * The resource attributes that change at a restart, and so stay out of what metrics are exported
 * under. Where numbers are unique in a whole fleet, the place of a task is one of them: the next
 * process with its number may run anywhere.
 */
export function volatileAttributes(scope: Scope): readonly string[] {
  return scope === "fleet" ? EVERYWHERE : OF_ONE_RUN;
}

const EVERYWHERE = [...OF_ONE_RUN, ...OF_THE_PLACE];
