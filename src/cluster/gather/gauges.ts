import { InvalidOptionError } from "../../shared/errors.ts";
import { choiceOption, optionsObject } from "../../shared/options.ts";

/** How a gauge of several processes is combined. `omit` leaves it out, `first` uses the primary's value. */
export type GaugeRule = "sum" | "min" | "max" | "mean" | "first" | "omit";

/** Returns the rule for a metric by its name, unit and Meter. */
export type GaugeRules = (name: string, unit?: string, meter?: string) => GaugeRule;

const RULES = ["sum", "min", "max", "mean", "first", "omit"] as const;

/** Known gauges for which the rule by unit would be wrong. */
const KNOWN: Readonly<Record<string, GaugeRule>> = {
  "taskmon.task.number": "first",
  "taskmon.task.epoch": "first",
  "taskmon.task.lease.remaining": "min",
  "taskmon.cluster.workers": "first",
  "health.check.consecutive_failures": "max",
  "nodejs.eventloop.delay.min": "min",
  "nodejs.eventloop.utilization": "mean",
};

/** The units of time. A sum of delays or ages over processes is meaningless. */
const TIMES: ReadonlySet<string | undefined> = new Set(["s", "ms", "us", "ns", "min", "h", "d"]);

/**
 * Returns the rules: first those given by name, then the known ones, then `max` for times and `sum` for the
 * rest.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function gaugeRules(given: Readonly<Record<string, GaugeRule>> | undefined): GaugeRules {
  const names = Object.keys(given ?? {});
  const rules = new Map(
    Object.entries(optionsObject("clusterScrape.gauges", given, names)).map(([name, rule]) => {
      if (rule === undefined) {
        throw new InvalidOptionError(
          `clusterScrape.gauges.${name}`,
          `one of ${RULES.join(", ")}`,
          rule,
        );
      }
      return [name, choiceOption(`clusterScrape.gauges.${name}`, rule, RULES)];
    }),
  );
  return (name, unit) => {
    const known = Object.hasOwn(KNOWN, name) ? KNOWN[name] : undefined;
    return rules.get(name) ?? known ?? (TIMES.has(unit) ? "max" : "sum");
  };
}

/**
 * Combines the values of several processes, the primary's first. Returns undefined if the gauge is left out.
 */
export function gaugeOf(rule: GaugeRule, values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  switch (rule) {
    case "sum":
      return sum(values);
    case "mean":
      return sum(values) / values.length;
    case "min":
      return Math.min(...values);
    case "max":
      return Math.max(...values);
    case "first":
      return values[0];
    default:
      return undefined;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
