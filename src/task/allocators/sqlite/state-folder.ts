import type { Stats } from "node:fs";
import { tmpdir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import type { Environment } from "../../../shared/environment.ts";
import type { Target } from "../../target.ts";

/** The folder of the default files. */
export interface StateFolder {
  readonly path: string;
  /** Whether others can write to its parent folder, so that we trust it only if it is ours. */
  readonly liesInShared: boolean;
}

/**
 * `TASKMON_STATE_DIR`, else `taskmon` in `XDG_STATE_HOME` (which must be absolute, as its
 * specification says), else `taskmon-<user id>` in the system's temporary folder.
 */
export function stateFolder(env: Environment): StateFolder {
  const named = env.TASKMON_STATE_DIR;
  if (named) return { path: resolve(named), liesInShared: false };
  const xdg = env.XDG_STATE_HOME;
  if (xdg && isAbsolute(xdg)) return { path: join(xdg, "taskmon"), liesInShared: false };
  // On systems without user ids, each user has a temporary folder.
  const uid = process.getuid?.();
  const name = uid === undefined ? "taskmon" : `taskmon-${uid}`;
  return { path: join(tmpdir(), name), liesInShared: uid !== undefined };
}

/** Creates the folder for this user only. Throws if it exists and another user could change it. */
export function ensureStateFolder(folder: StateFolder): void {
  const { lstatSync, mkdirSync } = process.getBuiltinModule("node:fs");
  mkdirSync(folder.path, { recursive: true, mode: 0o700 });
  if (!folder.liesInShared) return;
  const distrust = whyNotOurs(lstatSync(folder.path));
  if (distrust !== undefined) {
    throw new Error(`the folder ${folder.path} ${distrust}; set TASKMON_STATE_DIR to another one`);
  }
}

/** A readable name, with a hash of the key that keeps targets apart. */
export function stateFileName(target: Target, targetKey: string): string {
  const readable = target.serviceName.replaceAll(/[^A-Za-z0-9_-]+/g, "_").slice(0, 40);
  const { createHash } = process.getBuiltinModule("node:crypto");
  const hash = createHash("sha256").update(targetKey).digest("hex").slice(0, 12);
  return `${readable}-${hash}.sqlite`;
}

function whyNotOurs(stats: Stats): string | undefined {
  if (stats.isSymbolicLink()) return "is a symbolic link";
  if (!stats.isDirectory()) return "is not a folder";
  if (stats.uid !== process.getuid?.()) return `belongs to user ${stats.uid}`;
  if ((stats.mode & 0o022) !== 0) return "can be written by other users";
  return undefined;
}
