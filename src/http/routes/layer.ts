/** A layer of an Express router: a path with its handler. */
export interface Layer {
  /** The route, unless the layer is a router or a middleware. */
  readonly route?: unknown;
  readonly handle?: unknown;
  /** In `router` 2.3 and later: the path as the program wrote it. */
  readonly rawPath?: unknown;
  /** In `router` 2: the functions that match a path. */
  readonly matchers?: readonly ((path: string) => RawMatch | false)[];
  /** Whether the layer matches everything. */
  readonly slash?: boolean;
  /** In Express 4. */
  readonly regexp?: RegExp & { readonly fast_slash?: boolean };
  readonly keys?: readonly { readonly name: string | number }[];
}

interface RawMatch {
  readonly path?: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

/** The part of a path that a layer matches. */
export interface Matched {
  readonly path: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** The index of the matching path, if the layer has several. */
  readonly index: number;
}

/** A text that no template contains, to find parameters. */
const PROBE = "taskmon-probe";

/** The templates of layers, by the index of the matching path. */
const known = new WeakMap<Layer, (string | undefined)[]>();

/** Matches the beginning of a path without changing the layer. */
export function match(layer: Layer, path: string): Matched | undefined {
  if (layer.slash === true || layer.regexp?.fast_slash === true) {
    return { path: "", params: {}, index: 0 };
  }
  if (layer.matchers !== undefined) {
    for (const [index, matcher] of layer.matchers.entries()) {
      const found = matcher(path);
      if (found) return { path: found.path ?? "", params: { ...found.params }, index };
    }
    return undefined;
  }
  const found = layer.regexp?.exec(path);
  if (!found) return undefined;
  const params: Record<string, unknown> = {};
  for (const [index, key] of (layer.keys ?? []).entries()) params[key.name] = found[index + 1];
  return { path: found[0], params, index: 0 };
}

/** Returns the template of a layer that matched `found`. */
export function layerTemplate(layer: Layer, found: Matched): string {
  let templates = known.get(layer);
  if (templates === undefined) known.set(layer, (templates = []));
  return (templates[found.index] ??= givenTemplate(layer, found.index) ?? probed(layer, found));
}

/**
 * Returns a path as the program wrote it: a text, the source of a regular expression, or several of them
 * separated by commas.
 */
export function patternText(path: unknown): string | undefined {
  if (typeof path === "string") return path;
  if (path instanceof RegExp) return path.source;
  if (!Array.isArray(path)) return undefined;
  return path.map((one) => patternText(one) ?? "").join(",");
}

function givenTemplate(layer: Layer, index: number): string | undefined {
  const { rawPath } = layer;
  return patternText(Array.isArray(rawPath) ? (rawPath as unknown[])[index] : rawPath);
}

/**
 * Finds the template if the layer does not have it: a segment that can be replaced is a parameter, the others
 * are literal. Routers ignore case, so literals are in lower case.
 */
function probed(layer: Layer, found: Matched): string {
  const segments = found.path.split("/");
  return segments
    .map((segment, index) => {
      if (segment === "") return "";
      const replaced = match(layer, segments.toSpliced(index, 1, PROBE).join("/"));
      const name = Object.entries(replaced?.params ?? {}).find(([, value]) => value === PROBE)?.[0];
      return name === undefined ? segment.toLowerCase() : `:${name}`;
    })
    .join("/");
}
