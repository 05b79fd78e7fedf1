import { InvalidOptionError } from "../../shared/errors.ts";
import { optionsObject } from "../../shared/options.ts";
import { createReporter } from "../../shared/report.ts";
import type { Health } from "../health.ts";
import { type Answer, type Asked, METHOD_NOT_ALLOWED } from "../../serve/answer.ts";
import { answerOf, formatOf } from "./answer.ts";

/** The paths of the health answers. */
export interface HealthPaths {
  /** @default "/livez" */
  readonly liveness?: string;
  /** @default "/readyz" */
  readonly readiness?: string;
  /** @default "/startupz" */
  readonly startup?: string;
  /** All checks. Your own groups are one segment below: `/health/billing`. @default "/health" */
  readonly health?: string;
}

/** How requests of type `R` get health answers. */
export interface HealthHandlerOptions<R> {
  readonly paths?: HealthPaths;
  /**
   * Decides whether a client sees the checks, their errors and their data; others see only the status. If it
   * throws, the client does not see them.
   * @default nobody
   */
  readonly allowDetails?: (request: R) => boolean;
}

/** Answers a request from the last results; undefined for other requests. Runs no check. */
export type Responder<R> = (asked: Asked<R>) => Answer | undefined;

/** The path of each group. */
export type GroupPaths = Required<HealthPaths>;

/** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` */
export function healthResponder<R>(
  health: Health,
  options: HealthHandlerOptions<R> | undefined,
): { readonly respond: Responder<R>; readonly paths: GroupPaths } {
  const given = optionsObject("healthHandler", options, ["paths", "allowDetails"]);
  const paths = groupPaths(given.paths);
  const groups = new Map(Object.entries(paths).map(([group, path]) => [path, group]));
  const report = createReporter("health");
  const detailed = (request: R): boolean => {
    try {
      return given.allowDetails?.(request) === true;
    } catch (error) {
      report.warnOnce("details", "The allowDetails callback threw", error);
      return false;
    }
  };
  const groupAt = (path: string): string | undefined => {
    const group = groups.get(path);
    if (group !== undefined || !path.startsWith(`${paths.health}/`)) return group;
    const name = decode(path.slice(paths.health.length + 1));
    return name !== undefined && health.groups().includes(name) ? name : undefined;
  };
  const respond: Responder<R> = ({ method, path, header, request }) => {
    const group = groupAt(path);
    if (group === undefined) return undefined;
    if (method !== "GET" && method !== "HEAD") return METHOD_NOT_ALLOWED;
    return answerOf(
      detailed(request) ? health.report(group) : health.status(group),
      formatOf(header("accept")),
    );
  };
  return { respond, paths };
}

/** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` */
export function groupPaths(given: HealthPaths | undefined): GroupPaths {
  const paths = {
    liveness: "/livez",
    readiness: "/readyz",
    startup: "/startupz",
    health: "/health",
    ...optionsObject("healthHandler.paths", given, ["liveness", "readiness", "startup", "health"]),
  };
  for (const [group, path] of Object.entries(paths)) {
    if (typeof path !== "string" || !/^\/[^?#\s]*[^?#\s/]$/.test(path)) {
      throw new InvalidOptionError(
        `healthHandler.paths.${group}`,
        "a path that begins with a slash",
        path,
      );
    }
  }
  return paths;
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
