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

/** What identifies the streams of the process that holds `num`: the same after every restart. */
export function numberAttributes(
  target: Target,
  scope: Scope,
  num: number,
): Record<string, string | number> {
  return {
    "taskmon.task.number": num,
    "service.instance.id": uuidV5(SERVICE_INSTANCE_NAMESPACE, `${targetKey(target, scope)}|${num}`),
  };
}

/**
 * The resource attributes that change at a restart, and so stay out of what metrics are exported
 * under. Where numbers are unique in a whole fleet, a task's host is one of them.
 */
export function volatileAttributes(scope: Scope): readonly string[] {
  const always = [
    "service.instance.id",
    "taskmon.instance.id",
    "process.pid",
    "process.parent_pid",
    "process.creation.time",
  ];
  return scope === "fleet" ? [...always, "host.name"] : always;
}
