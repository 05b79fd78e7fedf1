import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "vitest";
import { notify, release } from "../../../src/task/allocators/ledger.ts";
import { MemorySlots } from "../../../src/task/allocators/memory/memory-slots.ts";
import { SqliteStore } from "../../../src/task/allocators/sqlite/store.ts";
import { expectAnswersOfModel, type Subject, type Time } from "./model.ts";

function memory(time: Time): Subject {
  let slots = new MemorySlots();
  return {
    notify: (instance, heartbeat) => notify(slots, time, instance, heartbeat),
    release: (instance, grant) => release(slots, time, instance, grant),
    housekeep: () => slots.expire(time.now),
    forget: () => void (slots = new MemorySlots()),
    close: () => {},
  };
}

/** Two connections to one file, used in turn. */
function sqlite(time: Time): Subject {
  const folder = mkdtempSync(join(tmpdir(), "taskmon-test-"));
  const path = join(folder, "tasks.sqlite");
  const clock = { bootId: "boot", now: () => time.now, wallTime: () => time.wallTime };
  const stores = [new SqliteStore({ path }, 0, clock), new SqliteStore({ path }, 0, clock)];
  let calls = 0;
  const store = (): SqliteStore => stores[calls++ % 2]!;
  return {
    notify: (instance, heartbeat) => store().notify("t", instance, heartbeat),
    release: (instance, grant) => store().release("t", instance, grant),
    housekeep: () => store().housekeep("t", 500),
    forget: () => rmSync(path, { force: true }),
    close() {
      for (const each of stores) each.close();
      rmSync(folder, { recursive: true });
    },
  };
}

describe("whatever happens, in whatever order, the answers are those of a plain array", () => {
  it.each([
    ["memory", memory, 2_000],
    ["SQLite", sqlite, 60],
  ] as const)("from %s", (_, make, numRuns) => expectAnswersOfModel(make, { numRuns }));
});
