import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";
import { sqliteAllocator } from "../../../src/task/allocators/sqlite.ts";
import { SqliteAllocator } from "../../../src/task/allocators/sqlite/allocator.ts";
import { CallingThread } from "../../../src/task/allocators/sqlite/calling-thread.ts";
import { allocatorLaws, manualClock } from "../../../src/testing/index.ts";

describe("the laws of allocators, for SQLite in a thread of its own", () => {
  allocatorLaws(test.concurrent, {
    create: () => subject((file) => sqliteAllocator({ file })),
    leaseGranularityMs: 250,
  });
});

describe("the laws of allocators, for SQLite in the calling thread", () => {
  const clock = { ...manualClock(), bootId: "" };
  allocatorLaws(test, {
    create: () =>
      subject(
        (path) =>
          new SqliteAllocator(
            { of: () => ({ path }), all: () => [{ path }] },
            new CallingThread(1_000, clock),
          ),
      ),
    advance: (ms) => clock.advance(ms),
  });
});

/** Two allocators on one new file. */
function subject(open: (file: string) => SqliteAllocator) {
  const folder = mkdtempSync(join(tmpdir(), "taskmon-test-"));
  const file = join(folder, "tasks.sqlite");
  const [allocator, second] = [open(file), open(file)];
  return {
    allocator,
    another: () => second,
    forget: () => rmSync(file),
    async dispose() {
      await Promise.all([allocator.close(), second.close()]);
      rmSync(folder, { recursive: true });
    },
  };
}

describe("sqliteAllocator", () => {
  it.each([
    [{ file: "" }, "sqliteAllocator.file"],
    [{ file: 7 }, "sqliteAllocator.file"],
    [{ file: ":memory:" }, "sqliteAllocator.file"],
    [{ file: "file:tasks.sqlite" }, "sqliteAllocator.file"],
    [{ file: "a\0b" }, "sqliteAllocator.file"],
    [{ busyTimeoutMs: -1 }, "sqliteAllocator.busyTimeoutMs"],
    [{ busyTimeoutMs: 60_001 }, "sqliteAllocator.busyTimeoutMs"],
    [{ busyTimeoutMs: 1.5 }, "sqliteAllocator.busyTimeoutMs"],
    [{ thread: "yes" }, "sqliteAllocator.thread"],
    [{ path: "tasks.sqlite" }, "sqliteAllocator.path"],
  ])("refuses the options %j", (options, option) => {
    expect(() => sqliteAllocator(options as object)).toThrow(
      expect.objectContaining({ code: "ERR_TASKMON_INVALID_OPTION", option }),
    );
  });
});
