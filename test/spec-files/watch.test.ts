import { diag } from "@opentelemetry/api";
import {
  chmodSync,
  type FSWatcher,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  watch,
  writeFileSync,
} from "node:fs";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { FileSource } from "../../src/spec-files/file-settings.ts";
import { SettingsStore } from "../../src/settings/settings-store.ts";
import type { WatchFolder } from "../../src/spec-files/path-watch.ts";
import {
  ConfigMapVolume,
  eventually,
  folder,
  replace,
  withoutPrivileges,
} from "../settings/files.ts";
import { changesOf, listenToDiag } from "../settings/harness.ts";

const keepers: SettingsStore[] = [];
afterEach(() => {
  for (const keeper of keepers.splice(0)) keeper.stop();
  diag.disable();
});

/** A day: what is noticed in less was noticed by watching. */
const DAY_MS = 86_400_000;

function interval(flushIntervalMs: number): string {
  return `settings:\n  flushIntervalMs: ${flushIntervalMs}\n`;
}

async function watching(
  path: string,
  { cacheMs = DAY_MS, watchFolder }: { cacheMs?: number; watchFolder?: WatchFolder } = {},
) {
  const source = new FileSource(path, undefined, watchFolder && { watchFolder });
  const keeper = new SettingsStore({ source, cacheMs }, { env: {} });
  keepers.push(keeper);
  const changes = changesOf(keeper);
  await keeper.start();
  return {
    keeper,
    changes,
    /** Waits until the interval is this one. */
    async becomes(flushIntervalMs: number): Promise<void> {
      await eventually(() => {
        expect(keeper.current.flushIntervalMs).toBe(flushIntervalMs);
        expect(keeper.error).toBeUndefined();
      });
    },
    /** Waits until the settings are refused because of this. */
    async fails(message: string): Promise<void> {
      await eventually(() => expect(keeper.error?.message).toContain(message));
    },
  };
}

function startingFile(): string {
  const path = join(folder(), "settings.yaml");
  writeFileSync(path, interval(2_000));
  return path;
}

describe("a file that is changed while it is watched", () => {
  it("is replaced in one step, again and again", async () => {
    const path = startingFile();
    const { becomes, changes } = await watching(path);
    for (const ms of [3_000, 4_000, 5_000]) {
      replace(path, interval(ms));
      await becomes(ms);
    }
    expect(changes).toEqual([
      `flushIntervalMs: 60000 -> 2000 by ${path}`,
      `flushIntervalMs: 2000 -> 3000 by ${path}`,
      `flushIntervalMs: 3000 -> 4000 by ${path}`,
      `flushIntervalMs: 4000 -> 5000 by ${path}`,
    ]);
  });

  it("is written in place, again and again", async () => {
    const path = startingFile();
    const { becomes } = await watching(path);
    for (const ms of [3_000, 4_000, 5_000]) {
      writeFileSync(path, interval(ms));
      await becomes(ms);
    }
  });

  it("is deleted, and comes back", async () => {
    const path = startingFile();
    const { becomes, fails, keeper } = await watching(path);
    unlinkSync(path);
    await fails("ENOENT");
    expect(keeper.current.flushIntervalMs).toBe(2_000);
    writeFileSync(path, interval(3_000));
    await becomes(3_000);
  });

  it.each<[string, (path: string) => void, string]>([
    ["corrupted", (path) => writeFileSync(path, "\u0000{]"), "the file must be object"],
    ["emptied", (path) => truncateSync(path, 0), "the file must be object, got null"],
    ["truncated", (path) => truncateSync(path, 12), "settings must be object"],
    ["filled with a terabyte", (path) => truncateSync(path, 2 ** 40), "longer than 524288 bytes"],
    ["replaced by a folder", (path) => (unlinkSync(path), mkdirSync(path)), "not a regular file"],
    [
      "replaced by a pipe",
      (path) => (unlinkSync(path), execFileSync("mkfifo", [path])),
      "not a regular file",
    ],
    [
      "replaced by a circle of links",
      (path) => (unlinkSync(path), symlinkSync("settings.yaml", path)),
      "ELOOP",
    ],
    [
      "replaced by a link to nothing",
      (path) => (unlinkSync(path), symlinkSync("nothing", path)),
      "ENOENT",
    ],
    ["given a setting that is wrong", (path) => replace(path, interval(1)), "3:"],
  ])("is %s, and mended", async (_, damage, message) => {
    const path = startingFile();
    const { becomes, fails, keeper, changes } = await watching(path);
    damage(path);
    await fails(message === "3:" ? "2:20: flushIntervalMs must be" : message);
    expect(keeper.current.flushIntervalMs).toBe(2_000);
    rmSync(path, { recursive: true });
    writeFileSync(path, interval(3_000));
    await becomes(3_000);
    expect(changes).toHaveLength(2);
  });

  it("is made unreadable, and readable again", async () => {
    const path = startingFile();
    await withoutPrivileges(path, async () => {
      const { fails, becomes, keeper } = await watching(path);
      const asRoot = (mode: number): void => {
        const uid = process.geteuid!();
        process.seteuid!(process.getuid!());
        chmodSync(path, mode);
        process.seteuid!(uid);
      };
      asRoot(0o000);
      await fails("EACCES");
      expect(keeper.current.flushIntervalMs).toBe(2_000);
      asRoot(0o644);
      await becomes(2_000);
    });
  });
});

describe("a file that others lead to", () => {
  it("is swapped by Kubernetes, as a key of a ConfigMap", async () => {
    const volume = new ConfigMapVolume(folder(), { "settings.yaml": interval(2_000), other: "" });
    const path = join(volume.folder, "settings.yaml");
    const { becomes, fails, changes } = await watching(path);
    await becomes(2_000);
    for (const ms of [3_000, 4_000, 5_000]) {
      volume.publish({ "settings.yaml": interval(ms), other: String(ms) });
      await becomes(ms);
    }
    expect(changes).toHaveLength(4);
    // The key is taken out of the ConfigMap, and put back.
    volume.publish({ other: "" });
    await fails("ENOENT");
    volume.publish({ "settings.yaml": interval(6_000) });
    await becomes(6_000);
  });

  it("is behind a link to another folder, and that is written or swapped", async () => {
    const place = folder();
    const path = join(place, "app", "settings.yaml");
    for (const name of ["app", "one", "two"]) mkdirSync(join(place, name));
    writeFileSync(join(place, "one", "a.yaml"), interval(2_000));
    writeFileSync(join(place, "two", "b.yaml"), interval(3_000));
    symlinkSync("../one/a.yaml", path);
    const { becomes } = await watching(path);
    await becomes(2_000);
    writeFileSync(join(place, "one", "a.yaml"), interval(4_000));
    await becomes(4_000);
    symlinkSync(join(place, "two", "b.yaml"), `${path}.new`);
    renameSync(`${path}.new`, path);
    await becomes(3_000);
    replace(join(place, "two", "b.yaml"), interval(5_000));
    await becomes(5_000);
  });

  it("is in a release whose link is swapped above its folder", async () => {
    const place = folder();
    const publish = (release: string, ms: number): void => {
      mkdirSync(join(place, release, "etc"), { recursive: true });
      writeFileSync(join(place, release, "etc", "settings.yaml"), interval(ms));
      symlinkSync(release, join(place, "current.new"));
      renameSync(join(place, "current.new"), join(place, "current"));
    };
    publish("r1", 2_000);
    const { becomes } = await watching(join(place, "current", "etc", "settings.yaml"));
    await becomes(2_000);
    publish("r2", 3_000);
    await becomes(3_000);
    writeFileSync(join(place, "r2", "etc", "settings.yaml"), interval(4_000));
    await becomes(4_000);
  });
});

describe("a file that is not there at first", () => {
  it("appears in a folder that is there", async () => {
    const path = join(folder(), "settings.yaml");
    const { becomes, fails } = await watching(path);
    await fails("ENOENT");
    writeFileSync(path, interval(3_000));
    await becomes(3_000);
  });

  it("appears in a folder that is made later, step by step", async () => {
    const place = folder();
    const path = join(place, "a", "b", "c", "settings.yaml");
    const { becomes, fails } = await watching(path);
    await fails("ENOENT");
    mkdirSync(join(place, "a"));
    mkdirSync(join(place, "a", "b", "c"), { recursive: true });
    writeFileSync(path, interval(3_000));
    await becomes(3_000);
    writeFileSync(path, interval(4_000));
    await becomes(4_000);
  });

  it("appears where a link points to nothing yet", async () => {
    const place = folder();
    symlinkSync("later/settings.yaml", join(place, "settings.yaml"));
    const { becomes, fails } = await watching(join(place, "settings.yaml"));
    await fails("ENOENT");
    mkdirSync(join(place, "later"));
    writeFileSync(join(place, "later", "settings.yaml"), interval(3_000));
    await becomes(3_000);
  });

  it("appears in a folder that was deleted and made again, or moved away", async () => {
    const place = join(folder(), "config");
    const path = join(place, "settings.yaml");
    mkdirSync(place);
    writeFileSync(path, interval(2_000));
    const { becomes, fails } = await watching(path);
    rmSync(place, { recursive: true });
    await fails("ENOENT");
    mkdirSync(place);
    writeFileSync(path, interval(3_000));
    await becomes(3_000);
    // At once, so that the folder may get the inode of the one before.
    rmSync(place, { recursive: true });
    mkdirSync(place);
    writeFileSync(path, interval(4_000));
    await becomes(4_000);
    renameSync(place, `${place}.old`);
    mkdirSync(place);
    writeFileSync(path, interval(5_000));
    await becomes(5_000);
    writeFileSync(path, interval(6_000));
    await becomes(6_000);
  });
});

describe("watching", () => {
  it("may fail: the file is then read again from time to time, and one line says so", async () => {
    const lines = listenToDiag();
    const path = startingFile();
    const failing: WatchFolder = () => {
      throw Object.assign(new Error("no watches left"), { code: "ENOSPC" });
    };
    const { becomes } = await watching(path, { cacheMs: 100, watchFolder: failing });
    for (const ms of [3_000, 4_000]) {
      replace(path, interval(ms));
      await becomes(ms);
    }
    expect(lines.filter((line) => line.startsWith("warn"))).toEqual([
      `warn taskmon.settings ${path} cannot be watched (no watches left); it is read again from time to time`,
    ]);
  });

  it("may break off, and is taken up again", async () => {
    const lines = listenToDiag();
    const path = startingFile();
    const watchers: FSWatcher[] = [];
    const recording: WatchFolder = (...args) => {
      const watcher = watch(...args);
      watchers.push(watcher);
      return watcher;
    };
    const { keeper, becomes } = await watching(path, { watchFolder: recording });
    await eventually(() => expect(watchers).toHaveLength(1));
    watchers[0]!.emit("error", new Error("EPERM"));
    expect(lines.filter((line) => line.startsWith("warn"))).toHaveLength(1);
    // The next time that the file is read, whoever asks for that.
    await keeper.refresh();
    await eventually(() => expect(watchers).toHaveLength(2));
    replace(path, interval(3_000));
    await becomes(3_000);
    expect(lines.filter((line) => line.includes("watched again"))).toHaveLength(1);
  });

  it("ends with the settings, and leaves nothing open", async () => {
    const path = startingFile();
    const open = new Set<FSWatcher>();
    const recording: WatchFolder = (...args) => {
      const watcher = watch(...args);
      open.add(watcher);
      watcher.once("close", () => open.delete(watcher));
      return watcher;
    };
    for (let round = 0; round < 5; round++) {
      const { keeper } = await watching(path, { watchFolder: recording });
      // At any moment, also before the folders have been found.
      if (round > 0) await eventually(() => expect(open.size).toBe(1));
      keeper.stop();
      await eventually(() => expect(open.size).toBe(0));
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(open.size).toBe(0);
  });

  it("hears nothing of other files in the folder", async () => {
    const path = startingFile();
    let told = 0;
    const source = new FileSource(path);
    const end = source.watch(() => (told += 1));
    await eventually(() => expect(told).toBe(1));
    for (let i = 0; i < 100; i++) writeFileSync(join(path, "..", `other-${i}`), "x");
    writeFileSync(path, readFileSync(path));
    await eventually(() => expect(told).toBeGreaterThan(1));
    // One write makes a few events.
    expect(told).toBeLessThan(10);
    end();
  });
});
