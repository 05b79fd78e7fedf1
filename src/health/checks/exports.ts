import { numberOption, optionsObject } from "../../shared/options.ts";
import { type DependencyCheck, dependencyCheck } from "./scoped.ts";

/** The state of one reader's exports. */
export interface ReaderHealthView {
  readonly name: string;
  /** The age of its last successful export or answered scrape; undefined before the first. */
  readonly lastSuccessAgeMs: number | undefined;
}

/** Options of {@link exportsCheck}. */
export interface ExportsCheckOptions {
  /** The largest age of a reader's last successful export, in milliseconds. @default 180000 */
  readonly maxAgeMs?: number;
}

/**
 * Checks whether every reader exported recently. A service without telemetry still works, so a failure is
 * only a warning.
 * @param readers returns the current state of the readers
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function exportsCheck(
  readers: () => Iterable<ReaderHealthView>,
  options?: ExportsCheckOptions,
): DependencyCheck {
  const given = optionsObject("exportsCheck", options, ["maxAgeMs"]);
  const maxAgeMs = numberOption("exportsCheck.maxAgeMs", given.maxAgeMs, {
    min: 1,
    max: 86_400_000,
    default: 180_000,
  });
  return dependencyCheck(() => {
    const all = [...readers()];
    const late = all.filter(
      ({ lastSuccessAgeMs }) => !((lastSuccessAgeMs ?? Infinity) <= maxAgeMs),
    );
    const data = Object.fromEntries(
      all.map(({ name, lastSuccessAgeMs }) => [name, lastSuccessAgeMs]),
    );
    if (late.length === 0) return { status: "pass", data };
    const names = late.map(({ name }) => name).join(", ");
    return { status: "warn", message: `no recent export: ${names}`, data };
  });
}
