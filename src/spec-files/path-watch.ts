import { type FSWatcher, type WatchOptions, watch } from "node:fs";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { messageOf } from "../shared/errors.ts";
import { createReporter, type Reporter } from "../shared/report.ts";
import { decidingFolders } from "./folders.ts";

/** What is used of `fs.watch`. */
export type WatchFolder = (
  folder: string,
  options: WatchOptions & { readonly encoding?: "utf8" },
  listener: (event: string, name: string | null) => void,
) => FSWatcher;

/**
 * Notices that `path` may mean another file, or its content may be another: it watches folders, since
 * a file that is replaced is not the file that was watched. What the operating system does not tell is
 * not noticed: changes on network file systems, and any once it has no watches left. Never throws, and
 * keeps no process alive.
 */
export class PathWatch {
  readonly #path: string;
  readonly #changed: () => void;
  readonly #watchFolder: WatchFolder;
  readonly #report: Reporter = createReporter("settings");
  /** By folder and its inode, since a folder may be replaced as a whole. */
  readonly #watchers = new Map<string, FSWatcher>();
  #checking: "no" | "yes" | "again" = "no";
  #closed = false;

  /** Watches nothing before {@link check}. @param watchFolder for tests */
  constructor(path: string, changed: () => void, watchFolder: WatchFolder = watch) {
    this.#path = path;
    this.#changed = changed;
    this.#watchFolder = watchFolder;
  }

  /** Sees to it that the folders are watched that matter now. Returns at once. */
  check(): void {
    if (this.#checking !== "no") {
      this.#checking = "again";
      return;
    }
    this.#checking = "yes";
    void this.#check().then(() => {
      const again = this.#checking === "again";
      this.#checking = "no";
      if (again) this.check();
    });
  }

  close(): void {
    this.#closed = true;
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  async #check(): Promise<void> {
    const wanted = new Map<string, () => FSWatcher>();
    for (const [folder, names] of await decidingFolders(this.#path)) {
      const id = await identityOf(folder);
      if (id === undefined) continue;
      const key = `${folder} ${id} ${[...names].join("/")}`;
      wanted.set(key, () => this.#watch(key, folder, names));
    }
    if (this.#closed) return;
    for (const [key, watcher] of this.#watchers) {
      if (wanted.has(key)) continue;
      watcher.close();
      this.#watchers.delete(key);
    }
    let isNew = false;
    for (const [key, begin] of wanted) {
      if (this.#watchers.has(key)) continue;
      try {
        this.#watchers.set(key, begin());
        isNew = true;
      } catch (error) {
        this.#failed(error);
      }
    }
    if (this.#watchers.size === wanted.size) {
      this.#report.recovered(WATCH, `${this.#path} is watched again`);
    }
    // Something may have changed before it was watched.
    if (isNew) this.#changed();
  }

  #watch(key: string, folder: string, names: ReadonlySet<string>): FSWatcher {
    const own = basename(folder);
    const watcher = this.#watchFolder(folder, { persistent: false }, (_, name) => {
      if (this.#closed || !(name === null || names.has(name) || name === own)) return;
      // Its own name: it was moved or deleted, and another may be in its place, with the same inode even.
      if (name === own) this.#drop(key, watcher);
      // The load that follows checks the folders.
      this.#changed();
    });
    watcher.on("error", (error) => {
      this.#drop(key, watcher);
      this.#failed(error);
    });
    return watcher;
  }

  #drop(key: string, watcher: FSWatcher): void {
    watcher.close();
    if (this.#watchers.get(key) === watcher) this.#watchers.delete(key);
  }

  #failed(error: unknown): void {
    // It vanished since it was looked for; the next check finds what is there then.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    this.#report.warnOnce(
      WATCH,
      `${this.#path} cannot be watched (${messageOf(error)}); it is read again from time to time`,
    );
  }
}

/** The cause of reports. */
const WATCH = "watch";

/** What a folder is, whatever it is called; undefined where it is gone. */
async function identityOf(folder: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(folder, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}
