/** One metric family in the answer of `/probe`. All are gauges, as in the real exporter. */
export interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly samples: readonly GaugeSample[];
}

/** One line of a family. */
export interface GaugeSample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A family of one line. */
export function gauge(name: string, help: string, value: number): Gauge {
  return { name, help, samples: [{ value }] };
}

/** A family with one line for each value of a label. */
export function gaugeBy(
  name: string,
  help: string,
  label: string,
  values: Readonly<Record<string, number>>,
): Gauge {
  const samples = Object.entries(values).map(([key, value]) => ({
    labels: { [label]: key },
    value,
  }));
  return { name, help, samples };
}

/** An information family: the labels say something, the value is 1. */
export function info(name: string, help: string, labels: Readonly<Record<string, string>>): Gauge {
  return { name, help, samples: [{ labels, value: 1 }] };
}

/** The text format of Prometheus, version 0.0.4, sorted by name as the real exporter's is. */
export function gaugesText(gauges: readonly Gauge[]): string {
  const lines: string[] = [];
  for (const { name, help, samples } of gauges.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (samples.length === 0) continue;
    lines.push(`# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`);
    lines.push(`# TYPE ${name} gauge`);
    for (const { labels, value } of samples)
      lines.push(`${name}${labelsText(labels)} ${valueText(value)}`);
  }
  return lines.map((line) => `${line}\n`).join("");
}

function labelsText(labels: Readonly<Record<string, string>> | undefined): string {
  if (labels === undefined) return "";
  const pairs = Object.entries(labels).map(([key, value]) => {
    const escaped = value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
    return `${key}="${escaped}"`;
  });
  return `{${pairs.join(",")}}`;
}

function valueText(value: number): string {
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : String(value);
}
