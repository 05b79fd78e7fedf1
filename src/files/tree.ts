import { isAlias, isMap, isScalar, isSeq, type Node } from "yaml";
import { describe } from "../shared/errors.ts";

/** The place of a part of a file: the offset of its value, and of the key that leads to it. */
export interface Spot {
  readonly value: number;
  readonly key: number | undefined;
}

/** A document as plain values, as JSON would hold them. */
export interface Tree {
  readonly value: unknown;
  /** Of every part, by JSON pointer (RFC 6901). */
  readonly spots: ReadonlyMap<string, Spot>;
  readonly problems: readonly { readonly offset: number; readonly message: string }[];
}

/** Deeper than any spec file needs to be. */
const MAX_DEPTH = 32;
/**
 * Values, and 64 characters of text as one more. Those reached through aliases count each time, since
 * aliases of aliases grow exponentially.
 */
const MAX_SIZE = 100_000;
/** The schema's validator copies its findings so far at each item. */
const MAX_ITEMS = 2_000;
/** Every pointer below a key repeats it. */
const MAX_KEY_LENGTH = 255;

/**
 * What becomes of an integer beyond what a number holds exactly: decimal text, as an id may be written, or
 * a bigint.
 */
export type BigIntegers = "text" | "bigint";

/**
 * Turns a parsed document into plain values and remembers where each stands. Never fails: what cannot
 * be read becomes a problem and the value null.
 */
export function readTree(root: unknown, bigIntegers: BigIntegers): Tree {
  const walk = new Walk(bigIntegers);
  const value = walk.read(root as Node | null, "", undefined, 0);
  return { value, spots: walk.spots, problems: walk.problems };
}

class Walk {
  readonly spots = new Map<string, Spot>();
  readonly problems: { offset: number; message: string }[] = [];
  readonly #anchors = new Map<string, Node>();
  readonly #bigIntegers: BigIntegers;
  #size = 0;

  constructor(bigIntegers: BigIntegers) {
    this.#bigIntegers = bigIntegers;
  }

  read(node: Node | null, pointer: string, key: number | undefined, depth: number): unknown {
    const value = node?.range?.[0] ?? key ?? 0;
    if (!this.#affordable(node, value)) return null;
    if (depth > MAX_DEPTH) {
      this.#problem(value, `nested more than ${MAX_DEPTH} levels deep`);
      return null;
    }
    if (isAlias(node)) return this.#alias(node.source, value, pointer, key, depth);
    this.spots.set(pointer, { value, key });
    if (node?.anchor !== undefined) this.#anchors.set(node.anchor, node);
    if (isScalar(node)) {
      // YAML 1.1 and C read it as octal, YAML 1.2 as decimal, and JSON not at all.
      if (typeof node.value !== "string" && /^[-+]?0[0-9_]+$/.test(node.source ?? "")) {
        this.#problem(
          value,
          `${node.source} begins with a zero; write a number without it, or text`,
        );
      }
      return plain(node.value, this.#bigIntegers);
    }
    if (isSeq(node)) return this.#list(node.items, pointer, value, depth);
    if (isMap(node)) return this.#map(node.items, pointer, depth);
    return null;
  }

  #alias(
    source: string,
    offset: number,
    pointer: string,
    key: number | undefined,
    depth: number,
  ): unknown {
    const target = this.#anchors.get(source);
    if (target === undefined) {
      this.#problem(offset, `no anchor &${source} stands before this alias`);
      return null;
    }
    // A problem in the aliased part is shown where the part is written.
    return this.read(target, pointer, key, depth + 1);
  }

  #list(items: readonly unknown[], pointer: string, offset: number, depth: number): unknown[] {
    if (items.length > MAX_ITEMS) {
      this.#problem(offset, `a list has more than ${MAX_ITEMS} items; use several files`);
      return [];
    }
    return items.map((item, index) =>
      this.read(item as Node | null, `${pointer}/${index}`, undefined, depth + 1),
    );
  }

  #map(
    items: readonly { readonly key: unknown; readonly value: unknown }[],
    pointer: string,
    depth: number,
  ): unknown {
    // Without a prototype, so that `__proto__` is a key like another.
    const map = Object.create(null) as Record<string, unknown>;
    for (const item of items) {
      const offset = (item.key as Node | null)?.range?.[0] ?? 0;
      const key = keyText(item.key);
      if (key === undefined) {
        this.#problem(offset, "a key must be text");
        continue;
      }
      if (key.length > MAX_KEY_LENGTH) {
        this.#problem(offset, `a key is longer than ${MAX_KEY_LENGTH} characters`);
        continue;
      }
      if (key in map) this.#problem(offset, `the key ${describe(key)} stands here a second time`);
      map[key] = this.read(
        item.value as Node | null,
        `${pointer}/${escape(key)}`,
        offset,
        depth + 1,
      );
    }
    return map;
  }

  #affordable(node: Node | null, offset: number): boolean {
    if (this.#size > MAX_SIZE) return false;
    const text = isScalar(node) && typeof node.value === "string" ? node.value.length : 0;
    this.#size += 1 + Math.floor(text / 64);
    if (this.#size <= MAX_SIZE) return true;
    this.#problem(offset, `with this the file holds more than ${MAX_SIZE} values`);
    return false;
  }

  #problem(offset: number, message: string): void {
    this.problems.push({ offset, message });
  }
}

/** The text of a key; undefined for a key that is a list, an object or an alias. */
function keyText(key: unknown): string | undefined {
  return isScalar(key) && typeof key.value === "string" ? key.value : undefined;
}

function plain(value: unknown, bigIntegers: BigIntegers): unknown {
  if (typeof value !== "bigint") return value;
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  return bigIntegers === "text" ? String(value) : value;
}

/** A key as a JSON pointer writes it. */
function escape(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
