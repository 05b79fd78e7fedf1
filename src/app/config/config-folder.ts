import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { formatId } from "../../identity/id.ts";

/** The file extensions that we try after a service's id or name. */
const ENDINGS = ["", ".yaml", ".yml", ".json"] as const;
const ID_NAME = /^(0x[0-9a-f]{1,16}|[0-9]{1,20})(?:\.ya?ml|\.json)?$/i;

/** A folder of configurations. */
export class ConfigFolder {
  readonly dir: string;

  constructor(dir: string) {
    this.dir = dir;
  }

  /** Whether the folder is there. */
  async exists(): Promise<boolean> {
    return stat(this.dir).then(
      (found) => found.isDirectory(),
      () => false,
    );
  }

  /**
   * The ids of the services whose files are named by an id, smallest first. Files with other names are
   * passed over: they may be those of services by name, or secrets of another kind.
   *
   * Rejects as the system does where the folder is missing or cannot be read.
   */
  async ids(): Promise<bigint[]> {
    const ids = (await readdir(this.dir)).flatMap((file) => {
      const id = ID_NAME.exec(file)?.[1];
      return id === undefined ? [] : [BigInt(id)];
    });
    return [...new Set(ids)].toSorted((a, b) => (a < b ? -1 : 1));
  }

  /** Where a service's file may be, the first that is there counts. */
  candidates(id: bigint, name: string): string[] {
    const names = [`0x${formatId(id)}`, id.toString(), ...(isFileName(name) ? [name] : [])];
    return names.flatMap((base) => ENDINGS.map((ending) => join(this.dir, base + ending)));
  }

  /** The file of a service; undefined if there is none. */
  async find(id: bigint, name: string): Promise<string | undefined> {
    for (const file of this.candidates(id, name)) {
      try {
        await stat(file);
        return file;
      } catch (error) {
        // It exists, but this process has no permission: reading it reports that.
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") return file;
      }
    }
    return undefined;
  }
}

/** Whether a service's name is safe as a file name: it must not lead to another folder. */
function isFileName(name: string): boolean {
  return !/[/\\]/.test(name) && name !== "." && name !== "..";
}
