import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { sqliteAllocator } from "../../../../src/task/allocators/sqlite.ts";
import { beat, closing, granted, heartbeat, numberIn, TARGET, temporaryFolder } from "./harness.ts";
import { isRoot, unprivileged } from "./unprivileged.ts";

let folder: string;
let inTemporary: string;

beforeEach(() => {
  folder = temporaryFolder();
  inTemporary = join(folder, `taskmon-${process.getuid!()}`);
  vi.stubEnv("TASKMON_STATE_DIR", undefined);
  vi.stubEnv("XDG_STATE_HOME", undefined);
  vi.stubEnv("TMPDIR", folder);
  return () => vi.unstubAllEnvs();
});

/** The databases in a folder. */
function databases(path: string): string[] {
  return readdirSync(path).filter((name) => name.endsWith(".sqlite"));
}

describe("the state folder", () => {
  it("is this user's own in the temporary folder, closed to others", async () => {
    expect(numberIn(await beat(closing(sqliteAllocator()), "a"))).toBe(0);
    expect(statSync(inTemporary).mode & 0o777).toBe(0o700);
    expect(databases(inTemporary)).toEqual([
      expect.stringMatching(/^checkout-[0-9a-f]{12}\.sqlite$/),
    ]);
  });

  it("is the one that TASKMON_STATE_DIR names, else taskmon in XDG_STATE_HOME", async () => {
    vi.stubEnv("XDG_STATE_HOME", join(folder, "xdg"));
    await beat(closing(sqliteAllocator()), "a");
    expect(databases(join(folder, "xdg", "taskmon"))).toHaveLength(1);
    vi.stubEnv("TASKMON_STATE_DIR", join(folder, "own", "folder"));
    await beat(closing(sqliteAllocator()), "a");
    expect(databases(join(folder, "own", "folder"))).toHaveLength(1);
  });

  it("has a file for each target, whose name is safe whatever the service's is", async () => {
    const allocator = closing(sqliteAllocator());
    const options = { signal: new AbortController().signal };
    for (const serviceName of ["checkout", "../../etc/passwd", "Ü".repeat(200)]) {
      for (const jobName of ["web", "batch"]) {
        const target = { ...TARGET, serviceName, jobName };
        const answer = await allocator.notifyTaskIsAlive(target, "a", heartbeat(), options);
        expect(numberIn(answer)).toBe(0);
      }
    }
    expect(databases(inTemporary)).toHaveLength(6);
  });

  it("is refused where another has put a link in its place", async () => {
    mkdirSync(join(folder, "trap"));
    symlinkSync(join(folder, "trap"), inTemporary);
    const allocator = closing(sqliteAllocator());
    await expect(beat(allocator, "a")).rejects.toMatchObject({
      code: "ERR_TASKMON_STORE_UNAVAILABLE",
      message: expect.stringMatching(/symbolic link.*TASKMON_STATE_DIR/) as string,
    });
    expect(readdirSync(join(folder, "trap"))).toEqual([]);
  });

  it("is refused where others may write to it, and used once they may not", async () => {
    mkdirSync(inTemporary);
    chmodSync(inTemporary, 0o777);
    const allocator = closing(sqliteAllocator());
    await expect(beat(allocator, "a")).rejects.toThrow("can be written by other users");
    chmodSync(inTemporary, 0o700);
    expect(numberIn(await beat(allocator, "a"))).toBe(0);
  });

  // Only root can give a folder to somebody else.
  it.runIf(isRoot)("is refused where it belongs to another user", async () => {
    mkdirSync(inTemporary, { mode: 0o700 });
    chownSync(inTemporary, 12_345, 12_345);
    await expect(beat(closing(sqliteAllocator()), "a")).rejects.toThrow("belongs to user 12345");
  });

  it("that cannot be written makes calls reject until it can", async () => {
    const named = join(folder, "named");
    mkdirSync(named);
    chmodSync(folder, 0o755);
    chmodSync(named, 0o555);
    vi.stubEnv("TASKMON_STATE_DIR", named);
    await unprivileged(async () => {
      const allocator = sqliteAllocator();
      await expect(beat(allocator, "a")).rejects.toMatchObject({
        code: "ERR_TASKMON_STORE_UNAVAILABLE",
      });
      await allocator.close();
    });
    chmodSync(named, 0o755);
    expect(numberIn(await beat(closing(sqliteAllocator()), "a"))).toBe(0);
  });

  it("is created again when it was deleted while in use", async () => {
    const allocator = closing(sqliteAllocator());
    const held = await granted(allocator, "a");
    rmSync(inTemporary, { recursive: true });
    expect(numberIn(await beat(allocator, "a", { held }))).toBe(0);
    expect(statSync(inTemporary).mode & 0o777).toBe(0o700);
  });
});
