import { createRequire } from "node:module";
import { join } from "node:path";

/** A package of the program, found at run time. */
export interface Peer {
  readonly name: string;
  /** The module, as `require` returns it. */
  readonly module: unknown;
}

/**
 * Loads the first of these packages that the program has. Looks from the folder in which the program was
 * started, then from its main file. Returns undefined if there is none; throws if a package exists but
 * fails to load. Bundlers do not see the import, so an optional package stays optional in a bundle.
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

/** The module with the names of its default export, because some packages export nothing else. */
function withDefault(module: unknown): unknown {
  const { default: inner } = module as { readonly default?: object };
  return inner === undefined ? module : Object.assign({}, inner, module);
}
