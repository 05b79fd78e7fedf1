import {
  hexNaming,
  type MetricSpec,
  type Naming,
  prometheusName,
  type PrometheusNameOptions,
} from "../metrics/index.ts";
import { labelName } from "../points/translation/label-name.ts";
import { choiceOption } from "../shared/options.ts";
import { ownSpecs } from "./own-specs.ts";

/** Who may give metrics the names that Prometheus has them under. */
export const NAMINGS = ["taskmon", "exporter", "collector"] as const;

/** How metrics are named where they are asked for. */
export interface NamingOptions {
  /**
   * Who writes the names: `taskmon`, which is `prometheusReader()` with its defaults; `exporter`,
   * OpenTelemetry's `PrometheusExporter` or `prometheusReader({ unitSuffixes: false })`; `collector`, a
   * Collector or a Prometheus that gets OTLP. @default `taskmon`
   */
  readonly naming?: (typeof NAMINGS)[number] | undefined;
  /** The prefix of `hexNaming`, if the program uses it. @default none */
  readonly hexPrefix?: string | undefined;
}

/** Which samples of a histogram. */
export type Part = "bucket" | "count" | "sum";

const TRANSLATIONS: Readonly<Record<(typeof NAMINGS)[number], PrometheusNameOptions>> = {
  taskmon: {},
  exporter: { unitSuffixes: false },
  collector: { collector: true },
};

/** Metrics under the names that Prometheus has, for the queries of dashboards and rules. */
export class Exported {
  readonly #specs = ownSpecs();
  readonly #translation: PrometheusNameOptions;
  readonly #hex: Naming | undefined;
  /** Whether names are the original's, which go with its labels. */
  readonly isHex: boolean;

  /** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` */
  constructor({ naming: given, hexPrefix }: NamingOptions = {}) {
    const naming = choiceOption("naming", given, NAMINGS);
    this.isHex = hexPrefix !== undefined;
    this.#hex = hexPrefix === undefined ? undefined : hexOf(naming, hexPrefix);
    this.#translation = TRANSLATIONS[naming];
  }

  /** The spec of a metric of this package. */
  spec(name: string): MetricSpec {
    const spec = this.#specs.get(name);
    if (spec === undefined) throw new RangeError(`There is no metric ${name}`);
    return spec;
  }

  /** The name of a metric, or of one part of a histogram. */
  name(metric: string | MetricSpec, part?: Part): string {
    const suffix = part === undefined ? "" : `_${part}`;
    return `${this.#familyName(typeof metric === "string" ? this.spec(metric) : metric)}${suffix}`;
  }

  /** The selector of a metric's series: `shop_orders_total{currency="EUR"}`. */
  series(metric: string | MetricSpec, where: readonly string[] = [], part?: Part): string {
    const name = this.name(metric, part);
    return where.length === 0 ? name : `${name}{${where.join(",")}}`;
  }

  #familyName(spec: MetricSpec): string {
    return prometheusName(spec, {
      ...this.#translation,
      ...(this.#hex !== undefined && { naming: this.#hex }),
    });
  }
}

/** The labels as Prometheus has them, for `sum by (…)`. */
export function labels(...keys: readonly string[]): string {
  return keys.map(labelName).join(", ");
}

function hexOf(naming: (typeof NAMINGS)[number], prefix: string): Naming {
  const hex = hexNaming(prefix);
  // Only our reader leaves such names as they are.
  return naming === "taskmon" ? hex : (spec) => hex(spec);
}
