import { exactId, type Fields, fieldsOf, objectsIn } from "../files/fields.ts";
import { formatPlace } from "../files/problem.ts";
import { type FileSection, Firsts } from "../files/section.ts";
import type { SpecFile } from "../files/spec-file.ts";
import { parseNonZeroId } from "../identity/id.ts";
import { messageOf } from "../shared/errors.ts";
import type { HealthCheckOverride } from "./file-overrides.ts";

/** The settings of health checks in spec files. Each check may occur once. */
export class HealthSection implements FileSection<readonly HealthCheckOverride[]> {
  readonly #checks = new Firsts<HealthCheckOverride>();

  read(file: SpecFile): void {
    const { healthChecks } = file.fields;
    const { healthCheckSpecs } = fieldsOf(healthChecks);
    const specs = objectsIn(healthCheckSpecs, "/healthChecks/healthCheckSpecs");
    for (const [pointer, item] of objectsIn(healthChecks, "/healthChecks")) {
      this.#add(file, pointer, () => overrideOf(item));
    }
    for (const [pointer, item] of specs) this.#add(file, pointer, () => overrideOfSpec(item));
  }

  result(): readonly HealthCheckOverride[] {
    return Object.freeze(this.#checks.values());
  }

  #add(file: SpecFile, pointer: string, read: () => HealthCheckOverride): void {
    if (file.faultsIn(pointer).length > 0) return;
    const place = file.place(pointer);
    try {
      const override = read();
      const first = this.#checks.add(String(override.id ?? override.name), override, place);
      if (first === undefined) return;
      file.say(place, `the health check already has settings at ${formatPlace(first.place)}`);
    } catch (error) {
      file.say(place, messageOf(error).replace(/^Option /, ""));
    }
  }
}

function overrideOf({ id, ...rest }: Fields): HealthCheckOverride {
  if (id !== undefined) return { id: parseNonZeroId("id", exactId(id)), ...rest };
  if (rest["name"] === undefined) throw new TypeError("the health check needs an id or a name");
  return rest;
}

/** A check in the format of OysterPack's HealthCheckSpec message. */
function overrideOfSpec(spec: Fields): HealthCheckOverride {
  const { healthCheckID, runIntervalSeconds, timeoutSeconds } = spec;
  return {
    id: parseNonZeroId("healthCheckID", exactId(healthCheckID)),
    ...milliseconds("intervalMs", runIntervalSeconds),
    ...milliseconds("timeoutMs", timeoutSeconds),
  };
}

function milliseconds(key: string, seconds: unknown): Record<string, number> {
  return typeof seconds === "number" ? { [key]: seconds * 1_000 } : {};
}
