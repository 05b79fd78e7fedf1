import { methodsOption, optionsObject, textOption } from "../../shared/options.ts";
import type { Probe, Validator } from "../contract.ts";
import { clientProbe } from "./client.ts";

/** A pool or client of `pg`. It belongs to the caller: we never close it. */
export interface PostgresClientLike {
  query(sql: string): Promise<unknown>;
}

/** Options of {@link postgresProbe}. */
export interface PostgresProbeOptions {
  /** @default "SELECT 1" */
  readonly query?: string;
  /** Validators, such as `latencyValidator`. @default none */
  readonly validators?: readonly Validator[];
}

/**
 * Checks whether PostgreSQL answers a query. The client knows the server; the target only gives it a name. It sends
 * no second query before the first is answered.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function postgresProbe(
  client: PostgresClientLike,
  options?: PostgresProbeOptions,
): Probe<object> {
  methodsOption("postgresProbe.client", client, ["query"]);
  const given = optionsObject("postgresProbe", options, ["query", "validators"]);
  const query = textOption("postgresProbe.query", given.query ?? "SELECT 1", 10_000);
  return clientProbe("postgres", () => client.query(query), given.validators);
}
