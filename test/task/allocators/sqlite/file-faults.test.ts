import { rmSync, renameSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { Worker } from "node:worker_threads";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Grant } from "../../../../src/task/allocator.ts";
import { sqliteAllocator } from "../../../../src/task/allocators/sqlite.ts";
import { beat, closing, granted, numberIn, temporaryFile } from "./harness.ts";

/** Holds the write lock of the file. */
function lock(file: string): DatabaseSync {
  const db = new DatabaseSync(file);
  onTestFinished(() => db.close());
  db.exec("BEGIN IMMEDIATE");
  return db;
}

/** The files of a database in use. */
const ALL = ["", "-wal", "-shm"];

const unavailable = { code: "ERR_TASKMON_STORE_UNAVAILABLE" };

describe("a locked file", () => {
  it("delays nobody else, makes the call reject, and is forgotten when the lock goes", async () => {
    const file = temporaryFile();
    const allocator = closing(sqliteAllocator({ file, busyTimeoutMs: 400 }));
    const held = await granted(allocator, "a");
    const db = lock(file);

    let ticks = 0;
    const ticking = setInterval(() => ticks++, 10);
    const error = await beat(allocator, "a").catch((reason: unknown) => reason);
    clearInterval(ticking);
    expect(error).toMatchObject({ ...unavailable, cause: { errcode: 5 } });
    expect((error as Error).message).toContain(file);
    // 400 ms of waiting leave room for 40; a blocked event loop has none.
    expect(ticks).toBeGreaterThan(5);

    db.exec("ROLLBACK");
    expect(await beat(allocator, "a", { held })).toMatchObject({ kind: "granted", ...held });
  });

  it("holds a call up for a moment only, where there is no thread", async () => {
    const file = temporaryFile();
    const allocator = closing(sqliteAllocator({ file, thread: false }));
    await beat(allocator, "a");
    const db = lock(file);
    const startedAt = performance.now();
    await expect(beat(allocator, "a")).rejects.toMatchObject(unavailable);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    db.exec("ROLLBACK");
    expect(numberIn(await beat(allocator, "a"))).toBe(0);
  });

  it("does not hold up a caller that gives up, whose answer is dropped when it comes", async () => {
    const file = temporaryFile();
    const allocator = closing(sqliteAllocator({ file, busyTimeoutMs: 20_000 }));
    await beat(allocator, "a");
    const db = lock(file);

    const caller = new AbortController();
    const first = beat(allocator, "b", {}, caller.signal);
    const waiting = beat(allocator, "never asked for", {}, caller.signal);
    setTimeout(() => caller.abort(new Error("gave up")), 50);
    await expect(first).rejects.toThrow("gave up");
    await expect(waiting).rejects.toThrow("gave up");

    const next = beat(allocator, "a");
    db.exec("ROLLBACK");
    expect(numberIn(await next)).toBe(0);
    // The first call was under way and took its number; the one behind it was never made.
    expect(numberIn(await beat(allocator, "c"))).toBe(2);
  });

  it("delays the end of a program by a second at most when it is closed", async () => {
    const file = temporaryFile();
    const allocator = sqliteAllocator({ file, busyTimeoutMs: 5_000 });
    await beat(allocator, "a");
    lock(file);
    const call = beat(allocator, "a");
    const refused = expect(call).rejects.toMatchObject({ code: "ERR_TASKMON_ALLOCATOR_CLOSED" });
    const startedAt = performance.now();
    await allocator.close();
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    await refused;
    await expect(beat(allocator, "a")).rejects.toMatchObject({
      code: "ERR_TASKMON_ALLOCATOR_CLOSED",
    });
  });
});

describe.each([{ thread: true }, { thread: false }])("a running allocator, with %j", (options) => {
  it.each([
    ["deleted", (file: string) => rmSync(file)],
    ["deleted with its log", (file: string) => ALL.map((end) => rmSync(file + end))],
    ["moved away", (file: string) => renameSync(file, `${file}.old`)],
  ])("gives two owners their numbers again when the file was %s", async (_, destroy) => {
    const file = temporaryFile();
    const one = closing(sqliteAllocator({ file, ...options }));
    const other = closing(sqliteAllocator({ file, ...options }));
    const a = await granted(one, "a");
    const b = await granted(other, "b");
    destroy(file);
    const bAgain = await beat(other, "b", { held: b });
    const aAgain = await beat(one, "a", { held: a });
    expect([a.num, b.num]).toEqual([0, 1]);
    expect([numberIn(aAgain), numberIn(bAgain)]).toEqual([0, 1]);
    expect(aAgain).toSatisfy((again: Grant) => again.epoch > a.epoch);
    expect(bAgain).toSatisfy((again: Grant) => again.epoch > b.epoch);
    expect(numberIn(await beat(one, "c"))).toBe("no_number");
    expect(statSync(file).isFile()).toBe(true);
  });

  it("goes on when the file was emptied, once all that use it have noticed", async () => {
    const file = temporaryFile();
    const users = ["a", "b"].map((name) => ({
      name,
      allocator: closing(sqliteAllocator({ file, busyTimeoutMs: 50, ...options })),
      held: undefined as Grant | undefined,
    }));
    const beats = async (user: (typeof users)[number]): Promise<number | string> => {
      const { held } = user;
      const answer = await beat(user.allocator, user.name, held && { held });
      if (answer.kind === "granted") user.held = { num: answer.num, epoch: answer.epoch };
      return numberIn(answer);
    };
    for (const user of users) await beats(user);
    truncateSync(file);
    // A first round may reject: SQLite's locks are on the file, and the others have it open.
    for (const user of users) await beats(user).catch(() => {});
    expect([await beats(users[0]!), await beats(users[1]!)]).toEqual([0, 1]);
  });

  it("rejects while the file holds something else, leaves that alone, and recovers", async () => {
    const file = temporaryFile();
    const allocator = closing(sqliteAllocator({ file, ...options }));
    const held = await granted(allocator, "a");
    for (const end of ALL) renameSync(file + end, `${file}.old${end}`);
    writeFileSync(file, "This is a letter.");
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(beat(allocator, "a", { held })).rejects.toMatchObject({
        code: "ERR_TASKMON_STORE_NOT_OURS",
      });
    }
    expect(statSync(file).size).toBe("This is a letter.".length);
    rmSync(file);
    expect(numberIn(await beat(allocator, "a", { held }))).toBe(0);
  });
});

describe("the thread", () => {
  it("is started again after it died, and calls that it had reject", async () => {
    const workers: Worker[] = [];
    const collect = (worker: Worker): void => void workers.push(worker);
    process.on("worker", collect);
    onTestFinished(() => void process.off("worker", collect));
    const file = temporaryFile();
    const allocator = closing(sqliteAllocator({ file, busyTimeoutMs: 500 }));
    const held = await granted(allocator, "a");

    const db = lock(file);
    const underWay = expect(beat(allocator, "b")).rejects.toMatchObject(unavailable);
    const waiting = expect(beat(allocator, "c")).rejects.toThrow("its thread ended");
    void workers[0]!.terminate();
    await Promise.all([underWay, waiting]);
    db.exec("ROLLBACK");

    expect(await beat(allocator, "a", { held })).toMatchObject({ kind: "granted", ...held });
    expect(workers).toHaveLength(2);
  });
});
