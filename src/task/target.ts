import { hostname } from "node:os";
import { InvalidOptionError } from "../shared/errors.ts";
import { optionsObject, textOption } from "../shared/options.ts";
import { resourceAttributesFromEnv, type Environment } from "../shared/environment.ts";

/** What a group of identical processes implements; each process is one of its tasks. */
export interface Target {
  readonly serviceName: string;
  readonly jobName: string;
  /** Absent when the service has no region. */
  readonly region?: string;
  readonly hostName: string;
}

/** The target as you name it; the environment fills in what is missing. */
export interface TargetOptions {
  /** @default `OTEL_SERVICE_NAME`, then `service.name` of `OTEL_RESOURCE_ATTRIBUTES`; required */
  readonly serviceName?: string;
  /** @default `taskmon.job.name` of `OTEL_RESOURCE_ATTRIBUTES`, then the service name */
  readonly jobName?: string;
  /** @default `cloud.region` of `OTEL_RESOURCE_ATTRIBUTES`, then none */
  readonly region?: string;
  /** @default `host.name` of `OTEL_RESOURCE_ATTRIBUTES`, then the machine's */
  readonly hostName?: string;
}

/**
 * The target from the options, then the environment.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for a wrong value, or if nothing names the
 *   service.
 */
export function resolveTarget(
  options: TargetOptions | undefined,
  env: Environment = process.env,
): Target {
  const given = optionsObject("target", options, ["serviceName", "jobName", "region", "hostName"]);
  const attributes = resourceAttributesFromEnv(env);
  const serviceName = given.serviceName ?? attributes["service.name"];
  if (serviceName === undefined) {
    throw new InvalidOptionError(
      "target.serviceName",
      "given, or set through OTEL_SERVICE_NAME",
      undefined,
    );
  }
  const region = given.region ?? attributes["cloud.region"];
  return {
    serviceName: textOption("target.serviceName", serviceName),
    jobName: textOption(
      "target.jobName",
      given.jobName ?? attributes["taskmon.job.name"] ?? serviceName,
    ),
    ...(region !== undefined && { region: textOption("target.region", region) }),
    hostName: textOption(
      "target.hostName",
      given.hostName ?? attributes["host.name"] ?? (hostname() || "localhost"),
    ),
  };
}

/** Where an allocator's numbers are unique. */
export type Scope = "process" | "host" | "fleet";

/**
 * The key under which an allocator keeps the target's numbers: its parts, percent-encoded and separated by
 * bars. The host is part of it only if numbers are unique on one host.
 */
export function targetKey(target: Target, scope: Scope): string {
  const parts = [target.serviceName, target.jobName, target.region ?? ""];
  if (scope !== "fleet") parts.push(target.hostName);
  return parts.map(encodeURIComponent).join("|");
}
