import { diag } from "@opentelemetry/api";
import {
  chmodSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  unwatchFile,
  watchFile,
  writeFileSync,
} from "node:fs";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { FileSource } from "../../src/spec-files/file-settings.ts";
import { SettingsStore } from "../../src/settings/settings-store.ts";
import {
  ConfigMapVolume,
  eventually,
  folder,
  replace,
  withoutPrivileges,
} from "../settings/files.ts";
import { changesOf } from "../settings/harness.ts";

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

/** Looks at the file more often than a program needs. */
const LOOK_MS = 10;

async function watching(path: string) {
  const source = new FileSource(path, undefined, { lookMs: LOOK_MS });
  const keeper = new SettingsStore({ source, cacheMs: DAY_MS }, { env: {} });
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
  it("ends with the settings, and begins again with them", async () => {
    const path = startingFile();
    const { keeper, becomes } = await watching(path);
    keeper.stop();
    replace(path, interval(3_000));
    await sleep(10 * LOOK_MS);
    expect(keeper.current.flushIntervalMs).toBe(2_000);
    void keeper.start();
    await becomes(3_000);
    replace(path, interval(4_000));
    await becomes(4_000);
  });

  it("hears nothing of other files in the folder, and takes no watch of anybody else's away", async () => {
    const path = startingFile();
    let told = 0;
    let others = 0;
    const other = (): void => void (others += 1);
    watchFile(path, { interval: LOOK_MS, persistent: false }, other);
    onTestFinished(() => unwatchFile(path, other));
    const source = new FileSource(path, undefined, { lookMs: LOOK_MS });
    const end = source.watch(() => (told += 1));
    for (let i = 0; i < 100; i++) writeFileSync(join(path, "..", `other-${i}`), "x");
    await sleep(10 * LOOK_MS);
    expect(told).toBe(0);
    writeFileSync(path, interval(3_000));
    await eventually(() => expect(told).toBeGreaterThan(0));
    end();
    const heard = others;
    writeFileSync(path, interval(4_000));
    await eventually(() => expect(others).toBeGreaterThan(heard));
  });
});
