import { parseNonZeroId } from "../../identity/id.ts";
import { messageOf } from "../../shared/errors.ts";
import { exactId, type Fields, fieldsOf, objectsIn } from "./entries.ts";

/** What a spec file says of one health check. It wins over the code; what is absent stays as there. */
export interface HealthCheckSettings {
  /** The check's id. */
  readonly id: bigint;
  /** The time between two runs, in milliseconds. */
  readonly intervalMs?: number;
  /** The longest run before the check counts as failed, in milliseconds. */
  readonly timeoutMs?: number;
}

/** A health check of a file: its settings, or what is wrong with its id. */
export type HealthCheckEntry =
  | {
      readonly pointer: string;
      readonly settings: HealthCheckSettings;
      readonly problem?: undefined;
    }
  | { readonly pointer: string; readonly settings?: undefined; readonly problem: string };

/** The health checks of a file. */
export function healthChecksOf(file: Fields): HealthCheckEntry[] {
  const section = fieldsOf(file["healthChecks"]);
  return objectsIn(section["healthCheckSpecs"], "/healthChecks/healthCheckSpecs").flatMap(
    ([pointer, { healthCheckID, runIntervalSeconds, timeoutSeconds }]): HealthCheckEntry[] => {
      // The schema says that it is missing.
      if (healthCheckID === undefined) return [];
      try {
        const settings = {
          id: parseNonZeroId("healthCheckID", exactId(healthCheckID)),
          ...milliseconds("intervalMs", runIntervalSeconds),
          ...milliseconds("timeoutMs", timeoutSeconds),
        };
        return [{ pointer, settings }];
      } catch (error) {
        const problem = messageOf(error).replace(/^Option /, "");
        return [{ pointer, problem }];
      }
    },
  );
}

function milliseconds(key: string, seconds: unknown): Record<string, number> {
  return typeof seconds === "number" ? { [key]: seconds * 1_000 } : {};
}
