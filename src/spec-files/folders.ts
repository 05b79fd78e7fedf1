import { readlink } from "node:fs/promises";
import { dirname, isAbsolute, join, parse, resolve, sep } from "node:path";

/** More links than any system follows. */
const MAX_LINKS = 40;

/**
 * The folders in which an entry decides which file `path` means, with the names of those entries: the
 * file itself, and each symbolic link on the way to it. Where something on the way is missing, the
 * folder in which it would appear is the last. Never rejects.
 */
export async function decidingFolders(
  path: string,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const folders = new Map<string, Set<string>>();
  let { root: folder } = parse(resolve(path));
  const rest = namesOf(resolve(path));
  for (let links = 0; links <= MAX_LINKS && rest.length > 0;) {
    const name = rest.shift()!;
    if (name === "..") {
      // The links before it have been followed, so this is the true parent.
      folder = dirname(folder);
      continue;
    }
    const target = await linkTarget(join(folder, name));
    if (target !== null || rest.length === 0) {
      const names = folders.get(folder);
      if (names === undefined) folders.set(folder, new Set([name]));
      else names.add(name);
    }
    if (target === undefined) break;
    if (target === null) {
      folder = join(folder, name);
      continue;
    }
    links += 1;
    rest.unshift(...namesOf(target));
    if (isAbsolute(target)) folder = parse(target).root;
  }
  return folders;
}

/** The names on a path, without the root. */
function namesOf(path: string): string[] {
  return path
    .slice(parse(path).root.length)
    .split(sep)
    .filter((name) => name !== "" && name !== ".");
}

/** What the symbolic link at `path` says; null for what is none, undefined where nothing can be seen. */
async function linkTarget(path: string): Promise<string | null | undefined> {
  try {
    return await readlink(path);
  } catch (error) {
    // EINVAL, or UNKNOWN on Windows: it is there and no link.
    const { code } = error as NodeJS.ErrnoException;
    return code === "EINVAL" || code === "UNKNOWN" ? null : undefined;
  }
}
