/**
 * Returns the unit suffix of a Prometheus name: `seconds` for `s`, `meters_per_second` for `m/s`, and an
 * empty text for `1`, for an annotation such as `{order}`, and for no unit. A code that is not in the table
 * stays as it is, without characters that are illegal in names.
 *
 * The table is from OpenTelemetry's "Prometheus and OpenMetrics Compatibility", section "Metric Metadata".
 * The singular after `per` follows the Collector.
 */
export function unitWords(unit: string | undefined): string {
  if (unit === undefined) return "";
  let words = known.get(unit);
  if (words === undefined) {
    words = translate(unit);
    // Units come from other libraries too, so the cache has a limit.
    if (known.size < MAX_KNOWN) known.set(unit, words);
  }
  return words;
}

const MAX_KNOWN = 1_000;
const known = new Map<string, string>();

const UNITS: Readonly<Record<string, string>> = {
  ...{ d: "days", h: "hours", min: "minutes", s: "seconds" },
  ...{ ms: "milliseconds", us: "microseconds", ns: "nanoseconds" },
  ...{ By: "bytes", KiBy: "kibibytes", MiBy: "mebibytes", GiBy: "gibibytes", TiBy: "tibibytes" },
  ...{ kBy: "kilobytes", MBy: "megabytes", GBy: "gigabytes", TBy: "terabytes" },
  ...{ m: "meters", V: "volts", A: "amperes", J: "joules", W: "watts", g: "grams" },
  ...{ Cel: "celsius", Hz: "hertz", "%": "percent" },
};

const PER: Readonly<Record<string, string>> = {
  ...{ s: "second", min: "minute", m: "minute", h: "hour", d: "day" },
  ...{ w: "week", mo: "month", y: "year" },
};

function translate(unit: string): string {
  const [of = "", ...per] = unit.replaceAll(/\{[^}]*\}/g, "").split("/");
  const rate = legal(per.join("_"));
  const words = of === "1" ? "" : (lookUp(UNITS, of) ?? legal(of));
  if (rate === "") return words;
  return [words, "per", lookUp(PER, rate) ?? rate].filter((word) => word !== "").join("_");
}

function lookUp(table: Readonly<Record<string, string>>, code: string): string | undefined {
  return Object.hasOwn(table, code) ? table[code] : undefined;
}

function legal(code: string): string {
  return code.replaceAll(/[^A-Za-z0-9]+/g, "_").replaceAll(/^_+|_+$/g, "");
}
