import { parseDocument } from "yaml";
import { jsonFault } from "./json-fault.ts";
import { LineIndex } from "./line-index.ts";
import type { Place, SpecProblem } from "./problem.ts";
import { type BigIntegers, readTree, type Spot, type Tree } from "./tree.ts";

/** The languages of spec files. */
export type SpecFormat = "yaml" | "json";

/** A parsed spec file: its value, and the place of each part. */
export interface Source {
  /** The file as the caller named it. */
  readonly file: string;
  /** The value as plain JSON data. Undefined if there are problems. */
  readonly value: unknown;
  /** The syntax errors of the file as YAML or JSON. */
  readonly problems: readonly SpecProblem[];
  /** The place of the part at a JSON pointer, or of the smallest part around it that is there. */
  place(pointer: string): Place;
  /** Like {@link place}, but the place of the key that leads to the pointer, if there is one. */
  keyPlace(pointer: string): Place;
}

/** The longest text that is read, in UTF-16 units. */
const MAX_LENGTH = 524_288;

/**
 * Reads a text as YAML 1.2 or as JSON. Never throws: errors are in `problems`.
 * @param bigIntegers how integers beyond 2^53 are represented
 */
export function readSource(
  file: string,
  text: string,
  format: SpecFormat,
  bigIntegers: BigIntegers = "text",
): Source {
  // The parser's own counter is wrong after some errors.
  const lines = new LineIndex(text);
  const at = (offset: number): Place => ({ file, ...lines.at(Math.min(offset, text.length)) });
  const source = (problems: readonly SpecProblem[], tree?: Tree): Source => ({
    file,
    value: problems.length === 0 ? tree?.value : undefined,
    problems,
    place: (pointer) => at(nearest(tree, pointer)?.value ?? 0),
    keyPlace: (pointer) => {
      const spot = nearest(tree, pointer);
      return at(spot?.key ?? spot?.value ?? 0);
    },
  });
  if (text.length > MAX_LENGTH) {
    const message = `the file is longer than ${MAX_LENGTH} characters`;
    return source([{ file, line: 1, column: 1, message }]);
  }
  if (format === "json") {
    // The YAML parser alone would take comments and more.
    const fault = jsonFault(text);
    if (fault !== undefined) {
      return source([{ ...at(fault.offset), message: `not JSON: expected ${fault.expected}` }]);
    }
  }
  const document = parseDocument(text, {
    // A %YAML directive does not change this: `yes` is not true, and there are no dates and no sets.
    schema: "core",
    resolveKnownTags: false,
    intAsBigInt: true,
    stringKeys: true,
    // The library compares each key with all others; the tree finds doubles with a set.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "error",
  });
  const faults = [...document.errors, ...document.warnings];
  if (faults.some(({ code }) => code === "RESOURCE_EXHAUSTION")) {
    return source([{ ...at(0), message: "the file is nested too deeply" }]);
  }
  if (faults.length > 0) {
    return source(
      faults.map(({ code, message, pos }) => ({ ...at(pos[0]), message: FAULTS[code] ?? message })),
    );
  }
  const tree = readTree(document.contents, bigIntegers);
  const problems = tree.problems.map(({ offset, message }) => ({ ...at(offset), message }));
  return source(problems, tree);
}

/** Plain sentences for messages that name the library's own functions. */
const FAULTS: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: "a second document begins here; a spec file holds one",
  NON_STRING_KEY: "a key must be text",
  TAG_RESOLVE_FAILED: "tags are not read here",
};

function nearest(tree: Tree | undefined, pointer: string): Spot | undefined {
  for (let path = pointer; ; path = path.slice(0, path.lastIndexOf("/"))) {
    const spot = tree?.spots.get(path);
    if (spot !== undefined || path === "") return spot;
  }
}
