/** One line of an exposition. */
export interface Sample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

/** The parsed contents of an exposition. */
export interface Reading {
  readonly samples: readonly Sample[];
  /** The number of lines that were skipped because they are not samples. */
  readonly skipped: number;
}

/** The most samples that are kept, because the server that answered is not trusted. */
const MAX_SAMPLES = 500_000;

/**
 * Parses an exposition in Prometheus' text formats or OpenMetrics, including names in quotes. It ignores
 * exemplars and time stamps, and skips lines that it cannot read. Never throws. The time is linear in the
 * length of the text.
 */
export function parseText(text: string): Reading {
  const samples: Sample[] = [];
  let skipped = 0;
  let start = 0;
  while (start < text.length && samples.length < MAX_SAMPLES) {
    const newline = text.indexOf("\n", start);
    const end = newline === -1 ? text.length : newline;
    const isRead = text[start] === "#" || start === end || text[start] === "\r";
    if (!isRead) {
      const sample = sampleOf(text.slice(start, end));
      if (sample === undefined) skipped += 1;
      else samples.push(sample);
    }
    start = end + 1;
  }
  return { samples, skipped };
}

function sampleOf(line: string): Sample | undefined {
  const scan = new Scan(line);
  const labels = new Map<string, string>();
  let name = scan.bare();
  scan.blanks();
  if (scan.take("{")) {
    scan.blanks();
    while (!scan.take("}")) {
      const key = scan.quoted() ?? scan.bare();
      scan.blanks();
      if (scan.take("=")) {
        scan.blanks();
        const value = scan.quoted();
        if (key === "" || value === undefined) return undefined;
        labels.set(key, value);
      } else if (name === "" && key !== "") {
        // A metric name in quotes stands among the labels.
        name = key;
      } else {
        return undefined;
      }
      scan.blanks();
      if (!scan.take(",") && !scan.sees("}")) return undefined;
      scan.blanks();
    }
  }
  scan.blanks();
  const value = numberOf(scan.word());
  return name === "" || value === undefined ? undefined : { name, labels, value };
}

function numberOf(text: string): number | undefined {
  if (text === "+Inf") return Infinity;
  if (text === "-Inf") return -Infinity;
  if (text === "NaN") return Number.NaN;
  return /^[-+]?(\d|\.\d)[\d.]*([eE][-+]?\d+)?$/.test(text) ? Number(text) : undefined;
}

/** A scanner of one line. */
class Scan {
  readonly #line: string;
  #at = 0;

  constructor(line: string) {
    this.#line = line;
  }

  sees(character: string): boolean {
    return this.#line[this.#at] === character;
  }

  take(character: string): boolean {
    if (!this.sees(character)) return false;
    this.#at += 1;
    return true;
  }

  blanks(): void {
    while (this.sees(" ") || this.sees("\t")) this.#at += 1;
  }

  /** Reads a name without quotes. Empty if there is none. */
  bare(): string {
    return this.#while(/[^\s{}=",]/);
  }

  /** Reads up to the next blank. */
  word(): string {
    return this.#while(/\S/);
  }

  /** Reads a text in quotes and unescapes it. Undefined if there is none, or if it does not end. */
  quoted(): string | undefined {
    if (!this.take('"')) return undefined;
    let value = "";
    while (this.#at < this.#line.length) {
      const character = this.#line[this.#at++]!;
      if (character === '"') return value;
      if (character !== "\\") {
        value += character;
        continue;
      }
      const escaped = this.#line[this.#at++] ?? "";
      value += escaped === "n" ? "\n" : escaped;
    }
    return undefined;
  }

  #while(pattern: RegExp): string {
    const start = this.#at;
    while (this.#at < this.#line.length && pattern.test(this.#line[this.#at]!)) this.#at += 1;
    return this.#line.slice(start, this.#at);
  }
}
