import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Slot, Slots } from "../slots.ts";
import type { TargetMemory } from "../target-memory.ts";
import { ClaimStatements, SqliteClaims } from "./sqlite-claims.ts";
import type { TargetRows } from "./target-rows.ts";

const COLUMNS = "num, instance, epoch, seq, until_ms, admin_url";

/** The statements on the table of task numbers, prepared once for a connection. */
export class SlotStatements {
  readonly size: StatementSync;
  readonly at: StatementSync;
  readonly ofInstance: StatementSync;
  readonly lowestAvailable: StatementSync;
  readonly put: StatementSync;
  readonly expire: StatementSync;
  readonly expireAll: StatementSync;
  readonly cap: StatementSync;
  readonly taken: StatementSync;
  readonly claims: ClaimStatements;

  constructor(db: DatabaseSync) {
    const select = `SELECT ${COLUMNS} FROM task WHERE target = ?`;
    // The planner has no row counts, and would read all held numbers.
    const available = `SELECT ${COLUMNS} FROM task INDEXED BY task_available WHERE target = ?`;
    this.size = db.prepare("SELECT max(num) + 1 AS size FROM task WHERE target = ?");
    this.at = db.prepare(`${select} AND num = ?`);
    this.ofInstance = db.prepare(`${select} AND instance = ?`);
    this.lowestAvailable = db.prepare(`${available} AND until_ms IS NULL ORDER BY num LIMIT 1`);
    this.put = db.prepare(
      `INSERT INTO task (target, ${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (target, num) DO UPDATE SET instance = excluded.instance,
         epoch = excluded.epoch, seq = excluded.seq, until_ms = excluded.until_ms,
         admin_url = excluded.admin_url`,
    );
    this.expire = db.prepare("UPDATE task SET until_ms = NULL WHERE target = ? AND until_ms <= ?");
    this.expireAll = db.prepare(
      "UPDATE task SET until_ms = NULL WHERE target = ? AND until_ms IS NOT NULL",
    );
    this.cap = db.prepare("UPDATE task SET until_ms = ?2 WHERE target = ?1 AND until_ms > ?2");
    this.taken = db.prepare(`${select} AND until_ms IS NOT NULL ORDER BY num`);
    this.claims = new ClaimStatements(db);
  }
}

/** The slots of one target, within a transaction. */
export class SqliteSlots implements Slots {
  readonly #statements: SlotStatements;
  readonly #targets: TargetRows;
  readonly #target: number;
  readonly claims: SqliteClaims;

  constructor(statements: SlotStatements, targets: TargetRows, target: number) {
    this.#statements = statements;
    this.#targets = targets;
    this.#target = target;
    this.claims = new SqliteClaims(statements.claims, target);
  }

  size(): number {
    const size = this.#statements.size.get(this.#target)?.size ?? 0;
    if (typeof size !== "number") throw new Error("the table of task numbers is damaged");
    return size;
  }

  at(num: number): Slot | undefined {
    return slotOf(this.#statements.at.get(this.#target, num));
  }

  ofInstance(instance: string): Slot | undefined {
    return slotOf(this.#statements.ofInstance.get(this.#target, instance));
  }

  lowestAvailable(): Slot | undefined {
    return slotOf(this.#statements.lowestAvailable.get(this.#target));
  }

  put({ num, instance, epoch, seq, until, adminUrl = null }: Slot): void {
    const page = adminUrl === null ? null : `${epoch} ${adminUrl}`;
    this.#statements.put.run(this.#target, num, instance, epoch, seq, until, page);
  }

  fill(num: number, until: number): void {
    for (let missing = this.size(); missing < num; missing++) {
      this.put({ num: missing, instance: null, epoch: 0, seq: 0, until });
    }
  }

  expire(now: number): number {
    return Number(this.#statements.expire.run(this.#target, now).changes);
  }

  cap(until: number): void {
    this.#statements.cap.run(this.#target, until);
  }

  taken(): Slot[] {
    return this.#statements.taken.all(this.#target).map((row) => slotOf(row)!);
  }

  memory(): TargetMemory | undefined {
    return this.#targets.memory(this.#target);
  }

  remember(memory: TargetMemory): void {
    this.#targets.remember(this.#target, memory);
  }

  nextEpoch(atLeast: number): number {
    return this.#targets.nextEpoch(this.#target, atLeast);
  }
}

/** A row as a slot. The file comes from outside, so we check the types. */
function slotOf(row: Record<string, unknown> | undefined): Slot | undefined {
  if (row === undefined) return undefined;
  const { num, instance, epoch, seq, until_ms: until, admin_url: page } = row;
  if (
    typeof num !== "number" ||
    (typeof instance !== "string" && instance !== null) ||
    typeof epoch !== "number" ||
    typeof seq !== "number" ||
    (typeof until !== "number" && until !== null)
  ) {
    throw new Error("a row of the table of task numbers is damaged");
  }
  return { num, instance, epoch, seq, until, adminUrl: pageIn(page, epoch) };
}

/** Of another epoch it is a former owner's: a process of an earlier version leaves it when it grants. */
function pageIn(page: unknown, epoch: number): string | null {
  const mark = `${epoch} `;
  return typeof page === "string" && page.startsWith(mark) ? page.slice(mark.length) : null;
}
