import type { Environment } from "../shared/environment.ts";
import { resourceAttributesFromEnv } from "../shared/environment.ts";
import type { TaskNumAllocator } from "../task/allocator.ts";
import type { TaskmonOptions } from "../taskmon/options.ts";
import type { Values } from "./variables.ts";

/** The SDK's name for a service without a name. */
const UNNAMED = "unknown_service:node";

/** The options of `createTaskmon` that the variables come to. */
export function optionsOf(
  values: Values,
  allocator: TaskNumAllocator | undefined,
  env: Environment,
): TaskmonOptions {
  const isNamed = resourceAttributesFromEnv(env)["service.name"] !== undefined;
  const { TASKMON_INSTANCE_ID: instanceId, TASKMON_DEV_MODE: devMode } = values;
  return {
    target: given({
      serviceName: isNamed ? undefined : UNNAMED,
      jobName: values.TASKMON_JOB_NAME,
      region: values.TASKMON_REGION,
      hostName: values.TASKMON_HOST_NAME,
    }),
    // Zero where one is not set, so that a wrong one is not read a second time.
    identity: {
      domain: values.TASKMON_DOMAIN_ID ?? 0n,
      app: values.TASKMON_APP_ID ?? 0n,
      release: values.TASKMON_RELEASE_ID ?? 0n,
    },
    lease: given({
      leaseMs: values.TASKMON_LEASE_MS,
      heartbeatMs: values.TASKMON_HEARTBEAT_MS,
      maxTasks: values.TASKMON_MAX_TASKS,
      unnumberedHoldMs: values.TASKMON_UNNUMBERED_HOLD_MS,
    }),
    ...given({ instanceId, devMode, allocator }),
  };
}

/** The fields that have a value. */
function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as ReturnType<typeof given<T>>;
}
