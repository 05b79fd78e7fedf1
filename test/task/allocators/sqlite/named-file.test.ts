import {
  chmodSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { sqliteAllocator } from "../../../../src/task/allocators/sqlite.ts";
import { SCHEMA_VERSION } from "../../../../src/task/allocators/sqlite/schema.ts";
import { beat, closing, numberIn, temporaryFile, temporaryFolder } from "./harness.ts";
import { unprivileged } from "./unprivileged.ts";

/** A database made by hand, closed again. */
function database(file: string, sql: string): void {
  const db = new DatabaseSync(file);
  db.exec(sql);
  db.close();
}

/** A file of ours with one number granted. */
async function storeFile(): Promise<string> {
  const file = temporaryFile();
  const allocator = sqliteAllocator({ file });
  await beat(allocator, "a");
  await allocator.close();
  return file;
}

describe("a file that the user named", () => {
  it("is not created by the constructor, but by the first call", async () => {
    const file = temporaryFile();
    const allocator = closing(sqliteAllocator({ file }));
    expect(readdirSync(dirname(file))).toEqual([]);
    expect(numberIn(await beat(allocator, "a"))).toBe(0);
    expect(readdirSync(dirname(file))).toContain("tasks.sqlite");
  });

  it("may be empty, or a link to a file that is not there yet", async () => {
    const file = temporaryFile();
    writeFileSync(file, "");
    expect(numberIn(await beat(closing(sqliteAllocator({ file })), "a"))).toBe(0);

    const folder = temporaryFolder();
    symlinkSync(join(folder, "elsewhere.sqlite"), join(folder, "link.sqlite"));
    const linked = closing(sqliteAllocator({ file: join(folder, "link.sqlite") }));
    expect(numberIn(await beat(linked, "a"))).toBe(0);
  });

  it("is taken up again with what it knows, and left as one file when closed", async () => {
    const file = await storeFile();
    expect(readdirSync(dirname(file))).toEqual(["tasks.sqlite"]);
    const allocator = sqliteAllocator({ file });
    expect(readdirSync(dirname(file))).toEqual(["tasks.sqlite"]);
    expect(numberIn(await beat(allocator, "b"))).toBe(1);
    await allocator.close();
    expect(readdirSync(dirname(file))).toEqual(["tasks.sqlite"]);
  });

  it("is found again when the program changes its working directory", async () => {
    const folder = temporaryFolder();
    const before = process.cwd();
    process.chdir(folder);
    const allocator = closing(sqliteAllocator({ file: "tasks.sqlite" }));
    process.chdir(before);
    await beat(allocator, "a");
    expect(readdirSync(folder)).toContain("tasks.sqlite");
  });

  it.each([
    [
      "in a folder that is not there",
      (folder: string) => join(folder, "no", "tasks.sqlite"),
      "ENOENT",
    ],
    [
      "in a folder that is a file",
      (folder: string) => {
        writeFileSync(join(folder, "file"), "");
        return join(folder, "file", "tasks.sqlite");
      },
      "EACCES",
    ],
    [
      "that is a folder",
      (folder: string) => {
        mkdirSync(join(folder, "folder"));
        return join(folder, "folder");
      },
      undefined,
    ],
  ])("is refused at construction %s", (_, make, code) => {
    const file = make(temporaryFolder());
    expect(() => sqliteAllocator({ file })).toThrow(
      expect.objectContaining({
        code: "ERR_TASKMON_STORE_UNAVAILABLE",
        message: expect.stringContaining(file) as string,
        cause: expect.objectContaining(code === undefined ? {} : { code }) as Error,
      }),
    );
  });

  it("is refused at construction where it cannot be written", async () => {
    const file = await storeFile();
    chmodSync(file, 0o444);
    chmodSync(dirname(file), 0o555);
    await unprivileged(() => {
      expect(() => sqliteAllocator({ file })).toThrow(
        expect.objectContaining({ code: "ERR_TASKMON_STORE_UNAVAILABLE" }),
      );
    });
    chmodSync(dirname(file), 0o755);
  });

  it.each([
    ["a short text", (file: string) => writeFileSync(file, "hello")],
    ["a long text", (file: string) => writeFileSync(file, "hello, ".repeat(5_000))],
    ["a database without a mark", (file: string) => database(file, "CREATE TABLE x (y)")],
    ["a database with a mark", (file: string) => database(file, "PRAGMA application_id = 7")],
    ["a database with a version", (file: string) => database(file, "PRAGMA user_version = 1")],
    [
      "a database with a log",
      (file: string) => database(file, "PRAGMA journal_mode = WAL; CREATE TABLE x (y)"),
    ],
  ])("is refused at construction, and left alone, where it is %s", (_, make) => {
    const file = temporaryFile();
    make(file);
    const before = readFileSync(file);
    expect(() => sqliteAllocator({ file })).toThrow(
      expect.objectContaining({
        code: "ERR_TASKMON_STORE_NOT_OURS",
        message: expect.stringContaining(file) as string,
      }),
    );
    expect(readFileSync(file)).toEqual(before);
    expect(readdirSync(dirname(file))).toEqual(["tasks.sqlite"]);
  });

  it("is refused where a newer version of this package has changed it", async () => {
    const file = await storeFile();
    database(file, `PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
    expect(() => sqliteAllocator({ file })).toThrow(
      expect.objectContaining({
        code: "ERR_TASKMON_STORE_NEWER",
        message: expect.stringMatching(
          new RegExp(`schema version ${SCHEMA_VERSION + 1}.*up to ${SCHEMA_VERSION}`),
        ) as string,
      }),
    );
  });

  it("is refused by each call once a newer version of this package has changed it", async () => {
    const file = await storeFile();
    const allocator = closing(sqliteAllocator({ file }));
    database(file, `PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
    await expect(beat(allocator, "a")).rejects.toMatchObject({ code: "ERR_TASKMON_STORE_NEWER" });
    database(file, `PRAGMA user_version = ${SCHEMA_VERSION}`);
    expect(numberIn(await beat(allocator, "a"))).toBe(0);
  });

  it("passes while it is locked", async () => {
    const file = await storeFile();
    const db = new DatabaseSync(file);
    db.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    const allocator = closing(sqliteAllocator({ file, busyTimeoutMs: 10 }));
    await expect(beat(allocator, "b")).rejects.toMatchObject({
      code: "ERR_TASKMON_STORE_UNAVAILABLE",
    });
    db.close();
    expect(numberIn(await beat(allocator, "b"))).toBe(1);
  });

  it("can be named by two allocators of one process, one of which is made later", async () => {
    const file = temporaryFile();
    const first = closing(sqliteAllocator({ file, thread: false }));
    expect(numberIn(await beat(first, "a"))).toBe(0);
    const second = closing(sqliteAllocator({ file }));
    expect(numberIn(await beat(second, "b"))).toBe(1);
    expect(numberIn(await beat(first, "a"))).toBe(0);
  });
});
