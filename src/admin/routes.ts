/** A path pattern: each segment `:name` matches any one segment. */
export interface Route {
  readonly path: string;
}

/** The route of a path, and what its names stand for; undefined where none fits. */
export function routeOf<R extends Route>(
  routes: readonly R[],
  path: string,
): { readonly route: R; readonly names: string[] } | undefined {
  const segments = path.split("/");
  for (const route of routes) {
    const names = namesIn(route.path.split("/"), segments);
    if (names !== undefined) return { route, names };
  }
  return undefined;
}

function namesIn(pattern: readonly string[], segments: readonly string[]): string[] | undefined {
  if (pattern.length !== segments.length) return undefined;
  const names: string[] = [];
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index]!;
    if (!part.startsWith(":")) {
      if (part !== segment) return undefined;
      continue;
    }
    const name = decoded(segment);
    if (name === undefined || name === "") return undefined;
    names.push(name);
  }
  return names;
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
