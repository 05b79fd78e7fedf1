/** A layer of an Express router: a path with what answers there. */
export interface Layer {
  /** The route, where the layer is no router's and no middleware's. */
  readonly route?: unknown;
  readonly handle?: unknown;
  /** Of `router` 2.3 and later: the path as it was given. */
  readonly rawPath?: unknown;
  /** Of `router` 2: what matches a path. */
  readonly matchers?: readonly ((path: string) => RawMatch | false)[];
  /** Whether the layer matches everything. */
  readonly slash?: boolean;
  /** Of Express 4. */
  readonly regexp?: RegExp & { readonly fast_slash?: boolean };
  readonly keys?: readonly { readonly name: string | number }[];
}

interface RawMatch {
  readonly path?: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

/** What a layer takes of a path. */
export interface Matched {
  readonly path: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Which of several paths of the layer it was. */
  readonly index: number;
}

/** A text that no template contains. */
const PROBE = "taskmon-probe";

/** Templates of layers by which of their paths matched; as many as the program has. */
const known = new WeakMap<Layer, (string | undefined)[]>();

/** What the layer takes of the path's beginning; changes nothing in the layer. */
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

/** The template of a layer that took `found` of a path. */
export function layerTemplate(layer: Layer, found: Matched): string {
  let templates = known.get(layer);
  if (templates === undefined) known.set(layer, (templates = []));
  return (templates[found.index] ??= givenTemplate(layer, found.index) ?? probed(layer, found));
}

/** A path as the program wrote it: a text, an expression's source, or several between commas. */
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
 * The template where the layer does not tell it: each segment that may be replaced is a parameter's,
 * the others stand for themselves. Routers match without regard to case, and so do we.
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
