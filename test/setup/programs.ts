import { accessSync, constants, globSync } from "node:fs";
import { delimiter, join } from "node:path";
import { apt, type Installer } from "./apt.ts";

/** A program that tests start, and where it comes from. */
export interface Program {
  /** The file to run: `prometheus`. */
  readonly name: string;
  /** The Debian and Ubuntu package that brings it. */
  readonly apt: string;
  /** Folders to search after the PATH, as glob patterns: Debian keeps some programs off it. */
  readonly folders?: readonly string[];
  /** Whether it is a file that another program reads, and need not be one to run. @default false */
  readonly isRead?: boolean;
}

/** Absolute paths by program name. */
export type ProgramPaths = Readonly<Record<string, string>>;

/**
 * The paths of all the programs. What is missing is installed, where this machine lets us.
 * @throws an error of one line that says what to install, where it does not.
 */
export function ensurePrograms(
  programs: readonly Program[],
  installer: Installer = apt,
): ProgramPaths {
  const missing = programs.filter((program) => findProgram(program) === undefined);
  if (missing.length > 0) {
    const packages = [...new Set(missing.map((program) => program.apt))];
    const refusal = installer.refusal();
    if (refusal !== undefined) throw new Error(whatToInstall(missing, packages, refusal));
    console.log(`Installing ${packages.join(", ")}, which the tests start`);
    installer.install(packages);
  }
  return Object.fromEntries(
    programs.map((program) => {
      const path = findProgram(program);
      if (path !== undefined) return [program.name, path];
      throw new Error(whatToInstall([program], [program.apt], "that package does not bring it"));
    }),
  );
}

/** The program's absolute path, or `undefined` where it is not installed. */
export function findProgram(program: Program): string | undefined {
  const onPath = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  // The newest version first, where the folders carry one: /usr/lib/postgresql/15/bin.
  const beside = (program.folders ?? []).flatMap((pattern) =>
    globSync(pattern).toSorted().toReversed(),
  );
  return [...onPath, "/usr/sbin", "/usr/local/sbin", ...beside]
    .map((folder) => join(folder, program.name))
    .find((path) => isThere(path, program.isRead === true ? constants.R_OK : constants.X_OK));
}

function isThere(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

function whatToInstall(
  missing: readonly Program[],
  packages: readonly string[],
  reason: string,
): string {
  const names = missing.map((program) => program.name).join(", ");
  return `The tests need ${names}: apt-get install ${packages.join(" ")} (${reason})`;
}
