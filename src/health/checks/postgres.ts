import { methodsOption } from "../../shared/options.ts";
import { oneAtATime } from "./alone.ts";
import { type DependencyCheck, dependencyCheck } from "./scoped.ts";

/** A pool or client of `pg`. It belongs to the caller: we never close it. */
export interface PostgresClientLike {
  query(sql: string): Promise<unknown>;
}

/**
 * Checks whether PostgreSQL answers a query. It sends no second query before the first is answered, so it uses at
 * most one connection of a pool.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function postgresCheck(client: PostgresClientLike): DependencyCheck {
  methodsOption("postgresCheck.client", client, ["query"]);
  const query = oneAtATime(async () => client.query("SELECT 1"));
  return dependencyCheck(async ({ signal }) => void (await query(signal)));
}
