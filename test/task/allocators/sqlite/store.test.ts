import { DatabaseSync } from "node:sqlite";
import { describe, expect, it, onTestFinished } from "vitest";
import { SCHEMA_VERSION } from "../../../../src/task/allocators/sqlite/schema.ts";
import { SqliteStore } from "../../../../src/task/allocators/sqlite/store.ts";
import type { StoreClock } from "../../../../src/task/allocators/sqlite/store-clock.ts";
import { heartbeat, numberIn, setStoreClock, temporaryFile } from "./harness.ts";

function open(file: string, clock: StoreClock): SqliteStore {
  const store = new SqliteStore({ path: file }, 1_000, clock);
  onTestFinished(() => store.close());
  return store;
}

/** A statement on the file, past the store. */
function sql(file: string, statement: string): unknown[] {
  const db = new DatabaseSync(file);
  try {
    return db.prepare(statement).all();
  } finally {
    db.close();
  }
}

const number = (store: SqliteStore, instance: string, target = "t"): number | string =>
  numberIn(store.notify(target, instance, heartbeat()));

describe("a boot of the machine", () => {
  it("frees every number at once, because no owner lives any more", () => {
    const file = temporaryFile();
    const before = open(file, setStoreClock("boot-1", 5_000_000));
    expect([number(before, "a"), number(before, "b")]).toEqual([0, 1]);
    const after = open(file, setStoreClock("boot-2", 1_000));
    expect([number(after, "c"), number(after, "d"), number(after, "e")]).toEqual([0, 1, 2]);
  });

  it("frees each target's numbers, and keeps their epochs", () => {
    const file = temporaryFile();
    const before = open(file, setStoreClock("boot-1", 5_000_000));
    const grants = ["t", "u"].map((target) => before.notify(target, "a", heartbeat()));
    const after = open(file, setStoreClock("boot-2", 1_000));
    for (const [index, target] of ["t", "u"].entries()) {
      const grant = grants[index]!;
      const again = after.notify(target, "b", heartbeat());
      if (grant.kind !== "granted" || again.kind !== "granted") throw new Error("not granted");
      expect(again.num).toBe(0);
      expect(again.epoch).toBeGreaterThan(grant.epoch);
    }
  });

  it("is seen by the clock where the system does not name its boots", () => {
    const file = temporaryFile();
    expect(number(open(file, setStoreClock("", 5_000_000)), "a")).toBe(0);
    expect(number(open(file, setStoreClock("", 4_999_500)), "b")).toBe(1);
    expect(number(open(file, setStoreClock("", 1_000)), "c")).toBe(0);
  });

  it("is seen by the highest time on record, not the first", () => {
    const file = temporaryFile();
    const clock = setStoreClock("", 1_000);
    const store = open(file, clock);
    number(store, "a");
    clock.ms = 500_000;
    store.notify("t", "a", heartbeat());
    expect(number(open(file, setStoreClock("", 400_000)), "b")).toBe(0);
  });
});

describe("the store's clock", () => {
  it("that is behind the file's, in the same boot, is an error and changes nothing", () => {
    const file = temporaryFile();
    expect(number(open(file, setStoreClock("boot-1", 5_000_000)), "a")).toBe(0);
    const behind = open(file, setStoreClock("boot-1", 4_000_000));
    expect(() => number(behind, "b")).toThrow(
      expect.objectContaining({
        code: "ERR_TASKMON_STORE_CLOCK",
        message: expect.stringContaining("1000000 ms") as string,
      }),
    );
    expect(number(open(file, setStoreClock("boot-1", 5_000_000)), "c")).toBe(1);
  });

  it("is read after a lock was waited for", () => {
    const file = temporaryFile();
    const clock = setStoreClock();
    let reads = 0;
    const store = open(file, { ...clock, now: () => (reads++, clock.ms) });
    number(store, "a");
    const other = new DatabaseSync(file);
    onTestFinished(() => other.close());
    other.exec("BEGIN IMMEDIATE");
    reads = 0;
    expect(() => number(store, "b")).toThrow("locked");
    expect(reads).toBe(0);
  });
});

describe("a store", () => {
  it("is marked as ours, and has a write-ahead log", () => {
    const file = temporaryFile();
    number(open(file, setStoreClock()), "a");
    expect(sql(file, "PRAGMA journal_mode")).toEqual([{ journal_mode: "wal" }]);
    expect(sql(file, "PRAGMA application_id")).toEqual([{ application_id: 0x54_73_6b_4e }]);
    expect(sql(file, "PRAGMA user_version")).toEqual([{ user_version: SCHEMA_VERSION }]);
  });

  it("of the first version is brought up to date, and keeps its numbers", () => {
    const file = temporaryFile();
    const clock = setStoreClock();
    const first = open(file, clock);
    const numbers = [number(first, "a"), number(first, "b")];
    first.close();
    for (const added of ["sure_from", "settles_until_ms", "hold_ms", "former_hold_ms"]) {
      sql(file, `ALTER TABLE target DROP COLUMN ${added}`);
    }
    sql(file, "ALTER TABLE target DROP COLUMN span_until_ms");
    sql(file, "ALTER TABLE task DROP COLUMN admin_url");
    sql(file, "PRAGMA user_version = 1");
    const again = open(file, clock);
    expect(["a", "b", "c"].map((name) => number(again, name))).toEqual([...numbers, 2]);
    expect(sql(file, "PRAGMA user_version")).toEqual([{ user_version: SCHEMA_VERSION }]);
  });

  it("of the second version keeps its numbers, and its owners can say where their pages are", () => {
    const file = temporaryFile();
    const clock = setStoreClock();
    const second = open(file, clock);
    expect([number(second, "a"), number(second, "b")]).toEqual([0, 1]);
    second.close();
    sql(file, "ALTER TABLE task DROP COLUMN admin_url");
    sql(file, "PRAGMA user_version = 2");
    const again = open(file, clock);
    const adminUrl = "http://10.0.0.7:9090/";
    expect(numberIn(again.notify("t", "b", heartbeat({ adminUrl })))).toBe(1);
    const pages = again.list("t").map((listing) => [listing.instance, listing.adminUrl]);
    expect(pages).toEqual([
      ["a", undefined],
      ["b", adminUrl],
    ]);
    sql(file, "UPDATE task SET admin_url = epoch || ' javascript:alert(1)' WHERE num = 1");
    expect(again.list("t")[1]).toMatchObject({ num: 1, instance: "b" });
    expect(again.list("t")[1]).not.toHaveProperty("adminUrl");
  });

  it("shows no page of a process whose number an earlier version gave to another", () => {
    const file = temporaryFile();
    const store = open(file, setStoreClock());
    store.notify("t", "a", heartbeat({ adminUrl: "http://10.0.0.7:9090/" }));
    expect(store.list("t")).toMatchObject([{ adminUrl: "http://10.0.0.7:9090/" }]);
    // What a version that knows no pages writes when it grants the number to another.
    sql(file, "UPDATE task SET instance = 'b', epoch = epoch + 1, seq = 1");
    expect(store.list("t")).toMatchObject([{ instance: "b" }]);
    expect(store.list("t")[0]).not.toHaveProperty("adminUrl");
  });

  it.each([
    ["UPDATE task SET epoch = 9007199254740993", "UPDATE task SET epoch = 1"],
    ["UPDATE target SET last_epoch = 9223372036854775807", "UPDATE target SET last_epoch = 1"],
    ["ALTER TABLE task RENAME TO other", "ALTER TABLE other RENAME TO task"],
  ])("gives no wrong answer after %j, and recovers when that is mended", (harm, mend) => {
    const file = temporaryFile();
    const clock = setStoreClock();
    const store = open(file, clock);
    store.notify("t", "a", heartbeat({ holdMs: 1 }));
    clock.ms += 10;
    sql(file, harm);
    for (let attempt = 0; attempt < 2; attempt++) {
      expect(() => number(store, "b")).toThrow(
        expect.objectContaining({ code: "ERR_TASKMON_STORE_UNAVAILABLE" }),
      );
    }
    sql(file, mend);
    expect(number(store, "b")).toBe(0);
  });

  it.each([
    "UPDATE task SET num = -1",
    "UPDATE task SET num = 'x'",
    "UPDATE task SET instance = x'00'",
    "UPDATE task SET until_ms = 'soon'",
    "INSERT INTO task (target, num, instance, epoch, seq) VALUES (1, 9, 'a', 1, 1)",
  ])("refuses %j", (harm) => {
    const file = temporaryFile();
    number(open(file, setStoreClock()), "a");
    expect(() => sql(file, harm)).toThrow(/constraint failed|cannot store/);
  });

  it("housekeeps what has expired, and nothing else", () => {
    const clock = setStoreClock();
    const file = temporaryFile();
    const store = open(file, clock);
    store.notify("t", "a", heartbeat({ holdMs: 1_000 }));
    store.notify("t", "b", heartbeat({ holdMs: 5_000 }));
    clock.ms += 2_000;
    store.housekeep("t", 500);
    const query = "SELECT num, until_ms IS NULL AS free FROM task ORDER BY num";
    expect(sql(file, query)).toEqual([
      { num: 0, free: 1 },
      { num: 1, free: 0 },
    ]);
  });

  it("finds what is free without reading what is held", () => {
    const file = temporaryFile();
    number(open(file, setStoreClock()), "a");
    const plan = sql(
      file,
      "EXPLAIN QUERY PLAN SELECT num FROM task INDEXED BY task_available " +
        "WHERE target = 1 AND until_ms IS NULL ORDER BY num LIMIT 1",
    );
    expect(JSON.stringify(plan)).toContain("SEARCH task USING INDEX task_available (target=?)");
  });
});
