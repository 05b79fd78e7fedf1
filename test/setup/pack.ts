import { cpSync, mkdtempSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { inject } from "vitest";
import { oncePerRun } from "./once.ts";
import { runOk } from "./run.ts";

/** A packed package. */
export interface Packed {
  /** The copy of the project in which it was built and packed. */
  readonly project: string;
  /** The tarball's path. */
  readonly tarball: string;
  /** The tarball's size in bytes. */
  readonly size: number;
  /** What the tarball contains, paths from the package's root. */
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

/** What `npm pack --json` prints of one package. */
type PackReport = Pick<Packed, "size" | "files"> & { readonly filename: string };

const root = join(import.meta.dirname, "../..");

/**
 * Builds and packs the package with `npm pack`, as a release does, in a copy of the project: `dist`
 * of the project itself stays as it is. It happens once in a test run; who asks changes nothing of it.
 */
export function packPackage(): Promise<Packed> {
  return oncePerRun("packed", pack);
}

async function pack(): Promise<Packed> {
  const project = mkdtempSync(join(inject("testRun").folder, "pack-"));
  cpSync(root, project, {
    recursive: true,
    filter: (path) => !/\/(node_modules|dist|coverage|\.git)$/.test(path),
  });
  symlinkSync(join(root, "node_modules"), join(project, "node_modules"));
  const { stdout } = await runOk("npm", ["pack", "--json", "--silent"], { cwd: project });
  const [report] = JSON.parse(stdout) as readonly PackReport[];
  if (report === undefined) throw new Error("npm pack reported nothing");
  return { ...report, project, tarball: join(project, report.filename) };
}
