import { exactId, type Fields, fieldsOf, objectsIn } from "../files/fields.ts";
import { formatPlace } from "../files/problem.ts";
import { type FileSection, Firsts } from "../files/section.ts";
import type { SpecFile } from "../files/spec-file.ts";
import { parseNonZeroId } from "../identity/id.ts";
import { messageOf } from "../shared/errors.ts";

/** What a spec file says of one health check. It wins over the code; what is absent stays as there. */
export interface HealthCheckSettings {
  /** The check's id. */
  readonly id: bigint;
  /** The time between two runs, in milliseconds. */
  readonly intervalMs?: number;
  /** The longest run before the check counts as failed, in milliseconds. */
  readonly timeoutMs?: number;
}

/** The settings of health checks in spec files, each check once. */
export class HealthSection implements FileSection<readonly HealthCheckSettings[]> {
  readonly #checks = new Firsts<HealthCheckSettings>();

  read(file: SpecFile): void {
    const { healthCheckSpecs } = fieldsOf(file.fields["healthChecks"]);
    for (const [pointer, item] of objectsIn(healthCheckSpecs, "/healthChecks/healthCheckSpecs")) {
      if (file.faultsIn(pointer).length > 0) continue;
      const place = file.place(pointer);
      try {
        const settings = settingsOf(item);
        const first = this.#checks.add(settings.id.toString(), settings, place);
        if (first === undefined) continue;
        const other = formatPlace(first.place);
        file.say(place, `the health check has settings at ${other} already`);
      } catch (error) {
        file.say(place, messageOf(error).replace(/^Option /, ""));
      }
    }
  }

  result(): readonly HealthCheckSettings[] {
    return Object.freeze(this.#checks.values());
  }
}

function settingsOf({
  healthCheckID,
  runIntervalSeconds,
  timeoutSeconds,
}: Fields): HealthCheckSettings {
  return {
    id: parseNonZeroId("healthCheckID", exactId(healthCheckID)),
    ...milliseconds("intervalMs", runIntervalSeconds),
    ...milliseconds("timeoutMs", timeoutSeconds),
  };
}

function milliseconds(key: string, seconds: unknown): Record<string, number> {
  return typeof seconds === "number" ? { [key]: seconds * 1_000 } : {};
}
