import { existsSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { sqliteAllocator } from "../../../../src/task/allocators/sqlite.ts";
import { beat, closing, granted, numberIn, TARGET, temporaryFile } from "./harness.ts";

const NO_REST = { quarantineMs: 0 };

describe.each([
  ["in a thread", true],
  ["in the calling thread", false],
])("a number handed back while the program waits, with the database work %s", (_, thread) => {
  it("is free when the call returns", async () => {
    const allocator = closing(sqliteAllocator({ file: temporaryFile(), thread }));
    const grant = await granted(allocator, "a");
    expect(allocator.releaseSync(TARGET, "a", { ...grant, ...NO_REST })).toBe(true);
    expect(numberIn(await beat(allocator, "b"))).toBe(0);
  });

  it("rests for as long as it is told to", async () => {
    const allocator = closing(sqliteAllocator({ file: temporaryFile(), thread }));
    const grant = await granted(allocator, "a");
    expect(allocator.releaseSync(TARGET, "a", { ...grant, quarantineMs: 60_000 })).toBe(true);
    expect(numberIn(await beat(allocator, "b"))).toBe(1);
  });

  it("stays whose it is where the caller is not the owner of that grant", async () => {
    const allocator = closing(sqliteAllocator({ file: temporaryFile(), thread }));
    const { num, epoch } = await granted(allocator, "a");
    expect(allocator.releaseSync(TARGET, "b", { num, epoch, ...NO_REST })).toBe(false);
    expect(allocator.releaseSync(TARGET, "a", { num, epoch: epoch + 1, ...NO_REST })).toBe(false);
    expect(numberIn(await beat(allocator, "c"))).toBe(1);
  });

  it("does not bring a folder back that was cleared away", async () => {
    const file = temporaryFile();
    const allocator = closing(sqliteAllocator({ file, thread }));
    const grant = await granted(allocator, "a");
    rmSync(dirname(file), { recursive: true });
    expect(allocator.releaseSync(TARGET, "a", { ...grant, ...NO_REST })).toBe(false);
    expect(existsSync(dirname(file))).toBe(false);
  });

  it("makes the call fail, and nobody wait for long, while another program has the file locked", async () => {
    const file = temporaryFile();
    const allocator = closing(sqliteAllocator({ file, thread }));
    const grant = await granted(allocator, "a");
    const other = new DatabaseSync(file);
    other.exec("BEGIN EXCLUSIVE");
    const startedAt = performance.now();
    expect(() => allocator.releaseSync(TARGET, "a", { ...grant, ...NO_REST })).toThrow(
      expect.objectContaining({ code: "ERR_TASKMON_STORE_UNAVAILABLE" }),
    );
    // The thread's own limit is 2 seconds.
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    other.exec("ROLLBACK");
    other.close();
    expect(allocator.releaseSync(TARGET, "a", { ...grant, ...NO_REST })).toBe(true);
  });

  it("cannot be handed back once the allocator is closed", async () => {
    const allocator = sqliteAllocator({ file: temporaryFile(), thread });
    const grant = await granted(allocator, "a");
    await allocator.close();
    expect(() => allocator.releaseSync(TARGET, "a", { ...grant, ...NO_REST })).toThrow(
      expect.objectContaining({ code: "ERR_TASKMON_ALLOCATOR_CLOSED" }),
    );
  });
});
