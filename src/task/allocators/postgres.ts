import { choiceOption, methodsOption, optionsObject, textOption } from "../../shared/options.ts";
import type { Assignment } from "../allocator.ts";
import type { PgPool } from "./postgres/client.ts";
import { PostgresStore } from "./postgres/store.ts";
import { StoredAllocator } from "./stored-allocator.ts";

export type { StoredAllocator as PostgresAllocator } from "./stored-allocator.ts";
export type { PgClient, PgPool, PgPoolClient } from "./postgres/client.ts";

/** Options of {@link postgresAllocator}. */
export interface PostgresAllocatorOptions {
  /** A `Pool` of `pg`. It is the caller's, who also ends it; a call uses one of its connections. */
  readonly pool: PgPool;
  /**
   * The schema that has the tables and functions, at most 63 bytes long. The first call creates it, or
   * brings it up to date: that takes the right to create schemas, or to create in this one, which may be
   * there already if it is empty. @default "taskmon"
   */
  readonly schema?: string;
  /** When numbers are given. @default "in-band" */
  readonly assign?: Assignment;
}

/**
 * Numbers that a fleet shares through PostgreSQL 13 or later: the lowest that is free and that is not
 * being given to another process at this moment.
 *
 * A heartbeat is one call of a function: one round trip, one row written, no lock that another's
 * heartbeat waits for, and nothing that outlives the transaction, so that a transaction pooler such as
 * PgBouncer may stand between. Holds are counted by the server's clock: where that is set forward by
 * more than a hold's margin, numbers pass on too early.
 *
 * While the server is away calls reject, and what holds a number keeps it until its deadline. A
 * connection that does not answer in time is closed, so that it is not missing in the pool. After a
 * failover to a server that lacks the last transactions (asynchronous replication), owners get their
 * numbers back by saying what they held, and from the first that does only owners get numbers for a hold;
 * synchronous replication loses none.
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
