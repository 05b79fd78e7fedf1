/** One line of a Prometheus exposition. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LINE = /^(?<name>[^\s{#]+)(?:\{(?<labels>.*)\})?\s+(?<value>\S+)/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** The samples of an exposition in Prometheus's text format, as `PrometheusExporter` writes it. */
export function parseExposition(text: string): Sample[] {
  return text.split("\n").flatMap((line) => {
    const { name, labels = "", value } = LINE.exec(line)?.groups ?? {};
    if (name === undefined) return [];
    const pairs = Array.from(labels.matchAll(LABEL), ([, key, escaped]) => [
      key!,
      unescape(escaped!),
    ]);
    return [{ name, labels: Object.fromEntries(pairs), value: number(value!) }];
  });
}

function unescape(text: string): string {
  return text.replaceAll(/\\(.)/g, (_, character) => (character === "n" ? "\n" : character));
}

function number(text: string): number {
  return text === "+Inf" ? Infinity : text === "-Inf" ? -Infinity : Number(text);
}
