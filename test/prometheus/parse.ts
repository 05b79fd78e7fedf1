/** One sample of an exposition in text. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** What stands behind `#`. */
  readonly exemplar: string | undefined;
}

/** An exposition in text, read by rules of its own: those of the format, and nothing of the writer's. */
export interface Parsed {
  readonly samples: readonly Sample[];
  /** By the name that the line says. */
  readonly types: ReadonlyMap<string, string>;
  readonly helps: ReadonlyMap<string, string>;
  readonly units: ReadonlyMap<string, string>;
  readonly isEnded: boolean;
}

/** Reads text 0.0.4 and 1.0.0, and OpenMetrics. @throws an error that shows the line it cannot read */
export function parse(text: string): Parsed {
  const samples: Sample[] = [];
  const types = new Map<string, string>();
  const helps = new Map<string, string>();
  const units = new Map<string, string>();
  let isEnded = false;
  const seen = new Set<string>();
  if (text !== "" && !text.endsWith("\n")) throw new Error("the last line has no end");
  for (const line of text.split("\n").slice(0, -1)) {
    if (isEnded) throw new Error(`after the end: ${line}`);
    if (line === "# EOF") {
      isEnded = true;
    } else if (line.startsWith("# ")) {
      const reader = new Reader(line.slice(2));
      const keyword = reader.until(" ");
      const name = reader.name(" ");
      const table = { TYPE: types, HELP: helps, UNIT: units }[keyword];
      if (table === undefined || table.has(name)) throw new Error(`a comment too many: ${line}`);
      table.set(
        name,
        reader.rest().replaceAll(/\\(.)/g, (_, char) => (char === "n" ? "\n" : char)),
      );
    } else {
      const sample = sampleOf(line);
      const key = JSON.stringify([
        sample.name,
        Object.entries(sample.labels)
          .map((pair) => JSON.stringify(pair))
          .toSorted((a, b) => (a < b ? -1 : 1)),
      ]);
      if (seen.has(key)) throw new Error(`twice: ${line}`);
      seen.add(key);
      samples.push(sample);
    }
  }
  return { samples, types, helps, units, isEnded };
}

function sampleOf(line: string): Sample {
  const reader = new Reader(line);
  const labels: Record<string, string> = {};
  let name = reader.peek() === "{" ? "" : reader.until("{ ");
  if (name !== "" && !/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)) throw new Error(`no name: ${line}`);
  if (reader.peek() === "{") {
    reader.take("{");
    while (reader.peek() !== "}") {
      const isQuoted = reader.peek() === '"';
      const key = reader.name("=,}");
      if (reader.peek() !== "=") {
        if (name !== "" || !isQuoted) throw new Error(`a label without a value: ${line}`);
        name = key;
      } else {
        reader.take("=");
        if (!isQuoted && !/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(key))
          throw new Error(`no label: ${line}`);
        if (Object.hasOwn(labels, key)) throw new Error(`the label ${key} twice: ${line}`);
        labels[key] = reader.quoted();
      }
      if (reader.peek() === ",") reader.take(",");
    }
    reader.take("}");
  }
  reader.take(" ");
  const [value = "", ...after] = reader.rest().split(" # ");
  return {
    name,
    labels,
    value: numberOf(value),
    exemplar: after.length > 0 ? after.join(" # ") : undefined,
  };
}

function numberOf(text: string): number {
  if (text === "+Inf") return Infinity;
  if (text === "-Inf") return -Infinity;
  if (text === "NaN") return Number.NaN;
  if (!/^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(text)) throw new Error(`no number: ${text}`);
  return Number(text);
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  peek(): string | undefined {
    return this.#text[this.#at];
  }

  take(char: string): void {
    if (this.peek() !== char)
      throw new Error(`${char} was to stand at ${this.#at} of ${this.#text}`);
    this.#at++;
  }

  until(ends: string): string {
    const from = this.#at;
    while (this.#at < this.#text.length && !ends.includes(this.peek()!)) this.#at++;
    const text = this.#text.slice(from, this.#at);
    if (ends === " ") this.#at++;
    return text;
  }

  /** A name with quotes or without, and the blank behind it. */
  name(ends: string): string {
    if (this.peek() !== '"') return this.until(ends);
    const name = this.quoted();
    if (ends === " ") this.take(" ");
    return name;
  }

  quoted(): string {
    this.take('"');
    let text = "";
    for (;;) {
      const char = this.peek();
      if (char === undefined) throw new Error(`no end of quotes: ${this.#text}`);
      this.#at++;
      if (char === '"') return text;
      if (char !== "\\") text += char;
      else {
        const escaped = this.#text[this.#at++];
        if (escaped === undefined || !'n\\"'.includes(escaped))
          throw new Error(`no escape: \\${escaped}`);
        text += escaped === "n" ? "\n" : escaped;
      }
    }
  }

  rest(): string {
    return this.#text.slice(this.#at);
  }
}
