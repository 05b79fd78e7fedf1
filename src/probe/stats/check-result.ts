import { describe, messageOf } from "../../shared/errors.ts";
import { PROBE_PHASES, type ProbeMeasurement, type ProbeMetric } from "../contract.ts";
import { errorTypeOf } from "../error-type.ts";
import type { CheckedResult, Refusal, RefusalReason, StatsResult } from "./result.ts";

/** The metrics and validators that results may contain. */
export interface Declared {
  readonly metrics: ReadonlyMap<string, ProbeMetric>;
  /** The names of the declared validators. */
  readonly validators: ReadonlySet<string>;
}

const MAX_VALIDATIONS = 100;

/** Checks every part of a result, so that it can be applied whole. Never throws. */
export function checkResult(result: StatsResult, declared: Declared): CheckedResult | Refusal {
  try {
    return read(result, declared);
  } catch (error) {
    if (error instanceof Refused) return { reason: error.reason, message: error.message };
    return { reason: "invalid", message: messageOf(error) };
  }
}

class Refused extends Error {
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

function read(result: StatsResult, declared: Declared): CheckedResult {
  const { success, unknown, latencyMs, statusCode, certificate, error } = result;
  must(success === undefined || typeof success === "boolean", "success", "true or false", success);
  must(unknown === undefined || typeof unknown === "boolean", "unknown", "true or false", unknown);
  const outcome =
    unknown === true
      ? "unknown"
      : success === undefined
        ? undefined
        : success
          ? "pass"
          : ("fail" as const);
  return {
    outcome,
    ...(outcome === "fail" && { errorType: errorTypeOf(error) }),
    ...(latencyMs !== undefined && { latencyS: duration("latencyMs", latencyMs) / 1_000 }),
    phases: phasesOf(result.phasesMs),
    validations: validationsOf(result.validations, declared),
    ...(statusCode !== undefined && { statusCode: statusCodeOf(statusCode) }),
    ...(certificate !== undefined && certificateOf(certificate)),
    measurements: measurementsOf(result.metrics, declared),
  };
}

function phasesOf(phasesMs: StatsResult["phasesMs"]): CheckedResult["phases"] {
  if (phasesMs === undefined) return [];
  const phases: [string, number][] = [];
  for (const [phase, ms] of Object.entries(phasesMs)) {
    must((PROBE_PHASES as string[]).includes(phase), "phasesMs", "of known phases", phase);
    if (ms !== undefined) phases.push([phase, duration(`phasesMs.${phase}`, ms) / 1_000]);
  }
  return phases;
}

function validationsOf(
  validations: StatsResult["validations"],
  { validators }: Declared,
): CheckedResult["validations"] {
  if (validations === undefined) return [];
  must(validations.length <= MAX_VALIDATIONS, "validations", "100 at most", validations.length);
  return validations.map(({ name, passed }) => {
    must(typeof passed === "boolean", `validation ${describe(name)}`, "true or false", passed);
    must(
      typeof name === "string" && validators.has(name),
      "validations",
      "of declared validators",
      name,
    );
    return [name, passed];
  });
}

function certificateOf({
  leafNotAfterMs,
  chainNotAfterMs,
}: NonNullable<StatsResult["certificate"]>): Partial<CheckedResult> {
  return {
    leafNotAfterS: finite("certificate.leafNotAfterMs", leafNotAfterMs) / 1_000,
    ...(chainNotAfterMs !== undefined && {
      chainNotAfterS: finite("certificate.chainNotAfterMs", chainNotAfterMs) / 1_000,
    }),
  };
}

function measurementsOf(
  measurements: StatsResult["metrics"],
  { metrics }: Declared,
): readonly ProbeMeasurement[] {
  if (measurements === undefined) return [];
  must(Array.isArray(measurements), "metrics", "a list", measurements);
  for (const { name, value, labels } of measurements) {
    const metric = metrics.get(name);
    if (metric === undefined) {
      throw new Refused("unknown_metric", `Metric ${describe(name)} was not declared`);
    }
    finite(name, value);
    must(metric.kind === "gauge" || value >= 0, name, "zero or more", value);
    const keys = Object.keys(labels ?? {});
    const declared = metric.labels ?? [];
    const fits =
      keys.length === declared.length && declared.every((key) => typeof labels?.[key] === "string");
    if (!fits) {
      throw new Refused("wrong_labels", `${name} has the labels ${declared.join(", ") || "none"}`);
    }
  }
  return measurements;
}

function statusCodeOf(value: unknown): number {
  const fits = Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 999;
  must(fits, "statusCode", "a whole number from 0 to 999", value);
  return value as number;
}

function duration(what: string, value: unknown): number {
  must(finite(what, value) >= 0, what, "zero or more", value);
  return value as number;
}

function finite(what: string, value: unknown): number {
  must(typeof value === "number" && Number.isFinite(value), what, "a finite number", value);
  return value as number;
}

function must(holds: boolean, what: string, expected: string, got: unknown): void {
  if (!holds) throw new Refused("invalid", `${what} must be ${expected}, got ${describe(got)}`);
}
