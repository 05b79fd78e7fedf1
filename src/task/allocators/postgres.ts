import { choiceOption, methodsOption, optionsObject, textOption } from "../../shared/options.ts";
import type { Assignment } from "../allocator.ts";
import type { PgPool } from "./postgres/client.ts";
import { PostgresStore } from "./postgres/store.ts";
import { StoredAllocator } from "./stored-allocator.ts";

export type { StoredAllocator as PostgresAllocator } from "./stored-allocator.ts";
export type { PgClient, PgPool, PgPoolClient } from "./postgres/client.ts";

/** Options of {@link postgresAllocator}. */
export interface PostgresAllocatorOptions {
  /** A `Pool` of `pg`. You own it and end it. A call uses one of its connections. */
  readonly pool: PgPool;
  /**
   * The schema with the tables and functions, a name of at most 63 bytes. The first call creates or updates
   * it. That needs the right to create schemas, or the right to create objects in this one if it exists and
   * is empty. @default "taskmon"
   */
  readonly schema?: string;
  /** When numbers are assigned. @default "in-band" */
  readonly assign?: Assignment;
}

/**
 * Shares numbers in a fleet through PostgreSQL 13 or later. Each process gets the lowest number that is
 * free and that no other process is taking at this moment.
 *
 * A heartbeat is one function call: one round trip, one written row, no lock that another heartbeat waits
 * for, and nothing that outlives the transaction. So a transaction pooler such as PgBouncer works. Holds
 * are counted by the server's clock: if it is set forward by more than a hold's margin, numbers pass on too
 * early.
 *
 * While the server is unavailable, calls reject, and each process keeps its number until its deadline. A
 * connection that does not answer in time is closed, so that the pool can replace it. After a failover to a
 * server that lacks the last transactions (asynchronous replication), owners report what they held and get
 * their numbers back. From the first report, and for one hold, only owners get numbers. Synchronous
 * replication loses none.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function postgresAllocator(options: PostgresAllocatorOptions): StoredAllocator {
  const given = optionsObject("postgresAllocator", options, ["pool", "schema", "assign"]);
  const assign = choiceOption("postgresAllocator.assign", given.assign, [
    "in-band",
    "housekeeping",
  ]);
  return new StoredAllocator(
    "postgres",
    new PostgresStore({
      pool: methodsOption("postgresAllocator.pool", given.pool as PgPool, ["connect"]),
      // PostgreSQL cuts longer names off.
      schema: textOption("postgresAllocator.schema", given.schema ?? "taskmon", 63),
      assign,
    }),
  );
}
