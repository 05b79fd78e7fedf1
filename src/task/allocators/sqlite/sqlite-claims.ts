import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Claim, Claims } from "../slots.ts";

const COLUMNS = "instance, seq, until_ms, max_tasks";

/** The statements on the table of claims, prepared once for a connection. */
export class ClaimStatements {
  readonly count: StatementSync;
  readonly at: StatementSync;
  readonly ofInstance: StatementSync;
  readonly put: StatementSync;
  readonly delete: StatementSync;

  constructor(db: DatabaseSync) {
    const select = `SELECT ${COLUMNS} FROM claim WHERE target = ?`;
    this.count = db.prepare("SELECT count(*) AS count FROM claim WHERE target = ?");
    this.at = db.prepare(`${select} ORDER BY id LIMIT 1 OFFSET ?`);
    this.ofInstance = db.prepare(`${select} AND instance = ?`);
    this.put = db.prepare(
      `INSERT INTO claim (target, ${COLUMNS}) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (target, instance) DO UPDATE SET seq = excluded.seq,
         until_ms = excluded.until_ms, max_tasks = excluded.max_tasks`,
    );
    this.delete = db.prepare("DELETE FROM claim WHERE target = ? AND instance = ?");
  }
}

/** The claims of one target, within a transaction. */
export class SqliteClaims implements Claims {
  readonly #statements: ClaimStatements;
  readonly #target: number;

  constructor(statements: ClaimStatements, target: number) {
    this.#statements = statements;
    this.#target = target;
  }

  count(): number {
    return Number(this.#statements.count.get(this.#target)?.count);
  }

  at(index: number): Claim | undefined {
    return claimOf(this.#statements.at.get(this.#target, index));
  }

  ofInstance(instance: string): Claim | undefined {
    return claimOf(this.#statements.ofInstance.get(this.#target, instance));
  }

  put({ instance, seq, until, maxTasks }: Claim): void {
    this.#statements.put.run(this.#target, instance, seq, until, maxTasks);
  }

  delete(instance: string): void {
    this.#statements.delete.run(this.#target, instance);
  }
}

/** A row as a claim. */
function claimOf(row: Record<string, unknown> | undefined): Claim | undefined {
  if (row === undefined) return undefined;
  const { instance, seq, until_ms: until, max_tasks: maxTasks } = row;
  if (
    typeof instance !== "string" ||
    typeof seq !== "number" ||
    typeof until !== "number" ||
    typeof maxTasks !== "number"
  ) {
    throw new Error("a row of the table of claims is damaged");
  }
  return { instance, seq, until, maxTasks };
}
