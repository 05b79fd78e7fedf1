import { createRequire } from "node:module";
import { join } from "node:path";

/** A package of the program's, found at run time. */
export interface Peer {
  readonly name: string;
  /** What `require` gives for it. */
  readonly module: unknown;
}

/**
 * The first of the packages that the program has: looked for from the folder in which it was started, then
 * from its main file. Undefined where it has none of them; where one is there and cannot be loaded, this
 * throws what it throws. Bundlers leave this alone, so an optional package stays optional in a bundle.
 */
export function loadPeer(names: readonly string[]): Peer | undefined {
  for (const from of [join(process.cwd(), "package.json"), process.argv[1]]) {
    if (from === undefined) continue;
    const require = createRequire(join(from));
    for (const name of names) {
      const path = resolved(require, name);
      if (path !== undefined) return { name, module: withDefault(require(path)) };
    }
  }
  return undefined;
}

function resolved(require: NodeJS.Require, name: string): string | undefined {
  try {
    return require.resolve(name);
  } catch {
    return undefined;
  }
}

/** The names of the default export too, which is all that some packages have. */
function withDefault(module: unknown): unknown {
  const { default: inner } = module as { readonly default?: object };
  return inner === undefined ? module : Object.assign({}, inner, module);
}
