import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What an entry of `exports` in package.json leads to. */
interface ExportTargets {
  readonly "@taskmon/source": string;
  readonly types: string;
  readonly default: string;
}

/**
 * Where the package in `root`, once built, is not what its package.json says: one sentence a fault.
 * Each entry point has a source, and the source's built JavaScript and declarations lie where
 * `exports` looks for them; the version in the code is the package's.
 */
export function packageFaults(root: string): string[] {
  const read = (file: string): string => readFileSync(join(root, file), "utf8");
  const manifest = JSON.parse(read("package.json")) as {
    version: string;
    exports: Record<string, ExportTargets | string>;
  };
  const faults: string[] = [];
  for (const [name, targets] of Object.entries(manifest.exports)) {
    if (name.endsWith(".json")) {
      // Data, which is what it is and is not built.
      if (targets !== name) faults.push(`exports["${name}"] is not "${name}"`);
      else if (!existsSync(join(root, name))) faults.push(`exports["${name}"] is missing`);
    } else if (typeof targets === "string") {
      faults.push(`exports["${name}"] has no conditions`);
    } else faults.push(...entryFaults(root, name, targets));
  }
  if (!read("src/shared/version.ts").includes(`"${manifest.version}"`)) {
    faults.push(`src/shared/version.ts does not say ${manifest.version}`);
  }
  return faults;
}

function entryFaults(root: string, name: string, targets: ExportTargets): string[] {
  const source = targets["@taskmon/source"];
  const built = source.replace(/^\.\/src\//, "./dist/").replace(/\.ts$/, "");
  const expected: ExportTargets = {
    "@taskmon/source": source,
    types: `${built}.d.ts`,
    default: `${built}.js`,
  };
  const faults: string[] = [];
  if (JSON.stringify(targets) !== JSON.stringify(expected)) {
    faults.push(`exports["${name}"] is not ${JSON.stringify(expected)}`);
  }
  for (const target of Object.values<string>({ ...targets })) {
    if (!existsSync(join(root, target))) faults.push(`exports["${name}"]: ${target} is missing`);
  }
  return faults;
}
