import type { DatabaseSync, StatementSync } from "node:sqlite";
import { StoreClockError } from "../errors.ts";
import type { TargetMemory } from "../target-memory.ts";
import type { StoreClock } from "./store-clock.ts";

/**
 * How far the clock may be behind its highest recorded reading. Readings are recorded at this distance or
 * more.
 */
const CLOCK_TOLERANCE_MS = 1_000;

interface TargetRow {
  readonly id: number;
  readonly bootId: string;
  readonly clockMs: number;
}

/** The table of targets: their ids, latest epochs and memory, and the clock that counts their holds. */
export class TargetRows {
  readonly #keys: StatementSync;
  readonly #select: StatementSync;
  readonly #insert: StatementSync;
  readonly #setClock: StatementSync;
  readonly #nextEpoch: StatementSync;
  readonly #memory: StatementSync;
  readonly #remember: StatementSync;

  constructor(db: DatabaseSync) {
    this.#keys = db.prepare("SELECT key FROM target ORDER BY key");
    this.#select = db.prepare("SELECT id, boot_id, clock_ms FROM target WHERE key = ?");
    this.#insert = db.prepare(
      "INSERT INTO target (key, last_epoch, boot_id, clock_ms) VALUES (?, 0, ?, ?)",
    );
    this.#setClock = db.prepare("UPDATE target SET boot_id = ?, clock_ms = ? WHERE id = ?");
    this.#nextEpoch = db.prepare(
      "UPDATE target SET last_epoch = max(last_epoch + 1, ?) WHERE id = ? RETURNING last_epoch",
    );
    this.#memory = db.prepare(
      `SELECT sure_from, settles_until_ms, hold_ms, former_hold_ms, span_until_ms FROM target
       WHERE id = ? AND sure_from IS NOT NULL`,
    );
    this.#remember = db.prepare(
      `UPDATE target SET sure_from = ?, settles_until_ms = ?, hold_ms = ?, former_hold_ms = ?,
         span_until_ms = ? WHERE id = ?`,
    );
  }

  /**
   * The target's id, and whether the machine has rebooted since the last entry. After a reboot all owners
   * are dead, and the clock of their holds is gone.
   * @throws StoreClockError if the clock is neither that of the last entry nor that of a new boot
   */
  open(
    key: string,
    clock: StoreClock,
    now: number,
    store: string,
  ): { id: number; booted: boolean } {
    const row = targetRowOf(this.#select.get(key));
    if (row === undefined) {
      return {
        id: Number(this.#insert.run(key, clock.bootId, now).lastInsertRowid),
        booted: false,
      };
    }
    const behindMs = row.clockMs - now;
    const isBehind = behindMs > CLOCK_TOLERANCE_MS;
    const booted = row.bootId !== clock.bootId || (clock.bootId === "" && isBehind);
    if (isBehind && !booted) throw new StoreClockError(store, behindMs);
    // Not at every heartbeat, to write one page less.
    if (booted || -behindMs >= CLOCK_TOLERANCE_MS) this.#setClock.run(clock.bootId, now, row.id);
    return { id: row.id, booted };
  }

  /** The keys of all targets. */
  keys(): string[] {
    return this.#keys.all().map(({ key }) => String(key));
  }

  /** Undefined where the target is new. */
  memory(id: number): TargetMemory | undefined {
    const row = this.#memory.get(id);
    if (row === undefined) return undefined;
    const [sureFrom, settlesUntil, ms, formerMs, until] = Object.values(row).map((value) => {
      if (typeof value === "number") return value;
      throw new Error("a row of the table of targets is damaged");
    });
    const longest = { ms: ms!, formerMs: formerMs!, until: until! };
    return { sureFrom: sureFrom!, settlesUntil: settlesUntil!, longest };
  }

  remember(id: number, { sureFrom, settlesUntil, longest }: TargetMemory): void {
    const { ms, formerMs, until } = longest;
    this.#remember.run(sureFrom, settlesUntil, ms, formerMs, until, id);
  }

  nextEpoch(id: number, atLeast: number): number {
    const epoch = this.#nextEpoch.get(Math.floor(atLeast), id)?.last_epoch;
    if (typeof epoch !== "number") throw new Error("a row of the table of targets is damaged");
    return epoch;
  }
}

function targetRowOf(row: Record<string, unknown> | undefined): TargetRow | undefined {
  if (row === undefined) return undefined;
  const { id, boot_id: bootId, clock_ms: clockMs } = row;
  if (typeof id !== "number" || typeof bootId !== "string" || typeof clockMs !== "number") {
    throw new Error("a row of the table of targets is damaged");
  }
  return { id, bootId, clockMs };
}
