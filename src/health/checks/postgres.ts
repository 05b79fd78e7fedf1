import { methodsOption } from "../../shared/options.ts";
import { oneAtATime } from "./alone.ts";
import { type DependencyCheck, dependencyCheck } from "./scoped.ts";

/** A pool or client of `pg`. The caller's: it is never closed here. */
export interface PostgresClientLike {
  query(sql: string): Promise<unknown>;
}

/**
 * Whether PostgreSQL answers a query. No second one is sent before the first is answered, so the check
 * holds one connection of a pool at most.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function postgresCheck(client: PostgresClientLike): DependencyCheck {
  methodsOption("client", client, ["query"]);
  const query = oneAtATime(async () => client.query("SELECT 1"));
  return dependencyCheck(async ({ signal }) => void (await query(signal)));
}
