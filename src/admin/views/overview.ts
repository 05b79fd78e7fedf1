import { showId } from "../../identity/id.ts";
import { VERSION } from "../../shared/version.ts";
import type { AdminContext } from "../context.ts";

/** Who this process is, and how it stands as a whole. Times are in milliseconds since the Unix epoch. */
export interface Overview {
  readonly service: string;
  readonly job: string;
  readonly region?: string;
  readonly host: string;
  readonly instanceId: string;
  readonly namespace?: string;
  readonly version?: string;
  /** Ids as `0x` and hex. */
  readonly ids: {
    readonly domain: string;
    readonly app: string;
    readonly release: string;
    readonly instance: string;
  };
  readonly enabled: boolean;
  readonly task: {
    readonly state: string;
    readonly scope: string;
    readonly number?: number;
    readonly worker?: number;
    readonly epoch?: number;
    readonly grantedAtMs?: number;
    /** Until when the number may be relied on, unless a heartbeat moves it on. */
    readonly leasedUntilMs?: number;
    readonly leaseMs: number;
  };
  readonly health: string;
  readonly pid: number;
  readonly startedAtMs: number;
  readonly versions: { readonly taskmon: string; readonly node: string };
}

/** Looks at the whole. */
export function overview({ taskmon, settings: { clock } }: AdminContext): Overview {
  const { task, identity, health, settings } = taskmon;
  const { target, number, worker, epoch, grantedAtMs } = task;
  const now = clock.wallTime();
  return {
    ...{ service: target.serviceName, job: target.jobName, host: target.hostName },
    ...(target.region !== undefined && { region: target.region }),
    instanceId: task.instanceId,
    ...(identity.namespace !== undefined && { namespace: identity.namespace }),
    ...(identity.version !== undefined && { version: identity.version }),
    ids: {
      domain: showId(identity.domain),
      app: showId(identity.app),
      release: showId(identity.release),
      instance: showId(identity.instance),
    },
    enabled: settings.current.enabled,
    task: {
      ...{ state: task.state, scope: task.scope },
      ...(number !== undefined && { number }),
      ...(worker !== undefined && { worker }),
      ...(epoch !== undefined && { epoch }),
      ...(grantedAtMs !== undefined && { grantedAtMs }),
      ...(number !== undefined && { leasedUntilMs: secondOf(now + task.remainingMs) }),
      leaseMs: task.policy.leaseMs,
    },
    health: health.status("health").status,
    pid: process.pid,
    startedAtMs: secondOf(Date.now() - process.uptime() * 1_000),
    versions: { taskmon: VERSION, node: process.versions.node },
  };
}

/** Rounds to the second, so that the page does not change at every look. */
function secondOf(ms: number): number {
  return Math.round(ms / 1_000) * 1_000;
}
