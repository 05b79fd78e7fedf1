import { TaskmonError } from "../../../shared/errors.ts";
import type {
  Assignment,
  Heartbeat,
  HeartbeatAnswer,
  HousekeepingReport,
  Release,
  TaskListing,
} from "../../allocator.ts";
import { answerOf } from "../answer.ts";
import { StoreUnavailableError } from "../errors.ts";
import { listingOf } from "../listing.ts";
import type { TargetStore } from "../stored-allocator.ts";
import { type PgClient, type PgPool, withClient } from "./client.ts";
import { codeOf, inspect, isMissing, migrate, quoted, storeName } from "./schema.ts";

/** Where the store is. */
export interface PostgresStoreOptions {
  readonly pool: PgPool;
  readonly schema: string;
  readonly assign: Assignment;
  /** For tests: the time that the functions use instead of the server's. */
  readonly now?: () => Date;
}

/** How often a call that conflicts with another one is made. */
const ATTEMPTS = 4;

/** The functions of the schema as calls, each one round trip on a connection of the pool. */
export class PostgresStore implements TargetStore {
  readonly #options: PostgresStoreOptions;
  /** The schema's name as SQL text. */
  readonly #s: string;

  constructor(options: PostgresStoreOptions) {
    this.#options = options;
    this.#s = quoted(options.schema);
  }

  async notify(
    targetKey: string,
    instance: string,
    heartbeat: Heartbeat,
    signal: AbortSignal,
  ): Promise<HeartbeatAnswer> {
    const { seq, held, holdMs, longestHoldMs, maxTasks, adminUrl } = heartbeat;
    const isInBand = this.#options.assign === "in-band";
    const claim = [targetKey, instance, seq, held?.num, held?.epoch, holdMs, longestHoldMs];
    const [row] = await this.#call<{
      o_kind: string;
      o_num: number;
      o_epoch: string;
      o_longest_ms: number;
    }>(
      `SELECT * FROM ${this.#s}.heartbeat_v3($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
      [...claim, maxTasks, isInBand, this.#now(), adminUrl],
      signal,
      true,
    );
    const { o_kind: kind, o_num: num, o_epoch: epoch, o_longest_ms: longest } = row ?? {};
    return answerOf({ kind, num, epoch, longest }, heartbeat);
  }

  async release(
    targetKey: string,
    instance: string,
    { num, epoch, seq, quarantineMs }: Release,
    signal: AbortSignal,
  ): Promise<boolean> {
    const [row] = await this.#call<{ released: boolean }>(
      `SELECT ${this.#s}.release_v2($1, $2, $3, $4, $5, $6, $7) AS released`,
      [targetKey, instance, num, epoch, seq, quarantineMs, this.#now()],
      signal,
    );
    return row?.released === true;
  }

  async housekeep(
    targetKey: string,
    limit: number,
    signal: AbortSignal,
  ): Promise<HousekeepingReport> {
    const [row] = await this.#call<{ o_freed: number; o_assigned: number; o_waiting: number }>(
      `SELECT * FROM ${this.#s}.housekeep_v2($1, $2, $3)`,
      [targetKey, limit, this.#now()],
      signal,
    );
    const { o_freed: freed = 0, o_assigned: assigned = 0, o_waiting: waiting = 0 } = row ?? {};
    return { freed, assigned, waiting };
  }

  async list(targetKey: string | undefined, signal: AbortSignal): Promise<TaskListing[]> {
    const rows = await this.#call<{
      key: string;
      num: number;
      instance: string | null;
      epoch: string;
      until_ms: string;
      admin_url: string | null;
    }>(
      // A schema that no process of this version has used yet has no such column; a look leaves it as it is.
      `SELECT key, num, instance, epoch, extract(epoch FROM until) * 1000 AS until_ms,
         to_jsonb(task) ->> 'admin_url' AS admin_url
       FROM ${this.#s}.task JOIN ${this.#s}.target ON id = target
       WHERE until IS NOT NULL AND ($1::text IS NULL OR key = $1) ORDER BY key, num`,
      [targetKey],
      signal,
    );
    return rows.map(({ key, num, instance, epoch, until_ms: until, admin_url: adminUrl }) =>
      listingOf({
        target: key,
        num,
        instance,
        epoch: Number(epoch),
        until: Number(until),
        adminUrl,
      }),
    );
  }

  async targetKeys(signal: AbortSignal): Promise<string[]> {
    const text = `SELECT key FROM ${this.#s}.target ORDER BY key`;
    return (await this.#call<{ key: string }>(text, [], signal)).map(({ key }) => key);
  }

  #now(): string | undefined {
    return this.#options.now?.().toISOString();
  }

  /** @param creates whether a schema that is missing is made, or has no rows */
  async #call<Row>(
    text: string,
    values: readonly (string | number | boolean | undefined)[],
    signal: AbortSignal,
    creates = false,
  ): Promise<readonly Row[]> {
    const { pool, schema } = this.#options;
    // A missing value is NULL; every other value is sent as text, which the function casts.
    const texts = values.map((value) => (value === undefined ? null : String(value)));
    const query = async (client: PgClient): Promise<readonly Row[]> =>
      (await client.query(text, texts)).rows as readonly Row[];
    try {
      return await withClient(pool, signal, async (client) => {
        try {
          return await repeated(() => query(client));
        } catch (error) {
          if (!isMissing(error)) throw error;
          if (!creates && (await inspect(client, schema)) === undefined) return [];
          await migrate(client, schema);
          return await query(client);
        }
      });
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (error instanceof TaskmonError) throw error;
      throw new StoreUnavailableError(storeName(schema), error);
    }
  }
}

/** Calls again after a conflict with another transaction. */
async function repeated<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      // serialization_failure, deadlock_detected, unique_violation
      const isConflict = ["40001", "40P01", "23505"].includes(codeOf(error));
      if (!isConflict || attempt === ATTEMPTS) throw error;
    }
  }
}
