import { randomUUID } from "node:crypto";
import { messageOf, TaskmonError } from "../../../shared/errors.ts";
import { raceAbort } from "../../../shared/race.ts";
import type {
  Assignment,
  Heartbeat,
  HeartbeatAnswer,
  HousekeepingReport,
  Release,
  TaskListing,
} from "../../allocator.ts";
import { answerOf } from "../answer.ts";
import { StoreNewerError, StoreNotOursError, StoreUnavailableError } from "../errors.ts";
import { listingOf } from "../listing.ts";
import type { TargetStore } from "../stored-allocator.ts";
import type { Connection } from "./client.ts";
import { KEY_NAMES, SCHEMA_VERSION, SCRIPT, SCRIPT_SHA } from "./script.ts";

/** The store's name in messages. */
const STORE = "Redis";

/** Where the store is, and how long to wait for it. */
export interface RedisStoreOptions {
  readonly connection: Connection;
  readonly prefix: string;
  readonly assign: Assignment;
  /** How many replicas must have a grant before it is answered, and for how long to wait for them. */
  readonly replicas: number;
  readonly replicasTimeoutMs: number;
  /** For tests: the time that the script uses instead of the server's. */
  readonly now?: () => number;
}

/** The script's operations as calls. */
export class RedisStore implements TargetStore {
  readonly #options: RedisStoreOptions;

  constructor(options: RedisStoreOptions) {
    this.#options = options;
  }

  async notify(
    targetKey: string,
    instance: string,
    heartbeat: Heartbeat,
    signal: AbortSignal,
  ): Promise<HeartbeatAnswer> {
    const { seq, held, holdMs, longestHoldMs, maxTasks, adminUrl } = heartbeat;
    const args = [instance, seq, nonce(), holdMs, maxTasks, this.#options.assign];
    const heldArgs = held === undefined ? ["", ""] : [held.num, held.epoch];
    const allArgs = [...args, ...heldArgs, longestHoldMs ?? "", adminUrl ?? ""];
    const reply = await this.#run("notify", targetKey, allArgs, signal);
    const [kind, num, epoch, longest] = reply as readonly unknown[];
    const answer = answerOf({ kind, num, epoch, longest }, heartbeat);
    const isNew = answer.kind === "granted" && answer.epoch !== held?.epoch;
    if (isNew) await this.#replicate(signal);
    return answer;
  }

  async release(
    targetKey: string,
    instance: string,
    { num, epoch, seq, quarantineMs }: Release,
    signal: AbortSignal,
  ): Promise<boolean> {
    const args = [instance, num, epoch, quarantineMs, seq ?? ""];
    return Number(await this.#run("release", targetKey, args, signal)) === 1;
  }

  async housekeep(
    targetKey: string,
    limit: number,
    signal: AbortSignal,
  ): Promise<HousekeepingReport> {
    const reply = await this.#run("housekeep", targetKey, [limit], signal);
    const [freed, assigned, waiting] = (reply as unknown[]).map(Number);
    return { freed: freed ?? 0, assigned: assigned ?? 0, waiting: waiting ?? 0 };
  }

  async list(targetKey: string | undefined, signal: AbortSignal): Promise<TaskListing[]> {
    const keys = targetKey === undefined ? await this.targetKeys(signal) : [targetKey];
    const listings: TaskListing[] = [];
    for (const key of keys) listings.push(...(await this.#listOf(key, signal)));
    return listings;
  }

  async targetKeys(signal: AbortSignal): Promise<string[]> {
    const { connection, prefix } = this.#options;
    return this.#guard(signal, async () => {
      const found = new Set<string>();
      for await (const key of connection.scan(`${prefix}:{*}:${KEY_NAMES[0]}`)) {
        found.add(key.slice(key.indexOf("{") + 1, key.lastIndexOf("}")));
      }
      return [...found].toSorted();
    });
  }

  /** The target's numbers that are held or rest, by when that ends. */
  async #listOf(targetKey: string, signal: AbortSignal): Promise<TaskListing[]> {
    const listings: TaskListing[] = [];
    for (;;) {
      const rows = (await this.#run("list", targetKey, [listings.length], signal)) as unknown[][];
      if (rows.length === 0) return listings;
      for (const [num, epoch, instance, until, adminUrl] of rows) {
        listings.push(
          listingOf({
            target: targetKey,
            num: Number(num),
            epoch: Number(epoch),
            // Empty where the number rests.
            instance: String(instance) || null,
            until: Number(until),
            adminUrl: String(adminUrl),
          }),
        );
      }
    }
  }

  /** Waits until enough replicas have the grant, so that it survives a failover. */
  async #replicate(signal: AbortSignal): Promise<void> {
    const { connection, replicas, replicasTimeoutMs } = this.#options;
    if (replicas === 0) return;
    const reached = await this.#guard(signal, () => connection.wait!(replicas, replicasTimeoutMs));
    if (reached >= replicas) return;
    const cause = new Error(`${reached} of ${replicas} replicas have the grant`);
    throw new StoreUnavailableError(STORE, cause);
  }

  #run(
    operation: string,
    targetKey: string,
    args: readonly (string | number)[],
    signal: AbortSignal,
  ): Promise<unknown> {
    const { connection, prefix, now } = this.#options;
    const keys = KEY_NAMES.map((name) => `${prefix}:{${targetKey}}:${name}`);
    const all = [operation, now?.() ?? "", ...args].map(String);
    return this.#guard(signal, async () => {
      const reply = await connection.evalSha(SCRIPT_SHA, keys, all, signal).catch((error) => {
        // The server restarted, or has never seen this version of the script.
        if (!messageOf(error).startsWith("NOSCRIPT")) throw error;
        return connection.eval(SCRIPT, keys, all, signal);
      });
      return checked(reply, keys[0]!);
    });
  }

  /** Stops waiting when the signal aborts; turns errors into a `TaskmonError`. */
  async #guard<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    try {
      return await raceAbort(work, signal);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw storeError(error);
    }
  }
}

/** The script's reply; throws if it says that the keys are not ours. */
function checked(reply: unknown, metaKey: string): unknown {
  if (!Array.isArray(reply)) return reply;
  const [kind, version] = reply as unknown[];
  const isText = typeof kind !== "number" && !Array.isArray(kind);
  if (isText && String(kind) === "newer") {
    throw new StoreNewerError(STORE, Number(version), SCHEMA_VERSION);
  }
  if (isText && String(kind) === "not_ours") {
    throw new StoreNotOursError(STORE, `key ${metaKey} belongs to another program`);
  }
  return reply;
}

function storeError(error: unknown): TaskmonError {
  if (error instanceof TaskmonError) return error;
  const message = messageOf(error);
  if (message.includes("WRONGTYPE")) return new StoreNotOursError(STORE, message);
  return new StoreUnavailableError(STORE, error);
}

/** Different at each heartbeat, even in a copied machine, where random numbers may repeat. */
function nonce(): string {
  return `${randomUUID()}-${process.hrtime.bigint()}`;
}
