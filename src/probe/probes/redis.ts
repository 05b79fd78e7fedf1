import { methodsOption, optionsObject } from "../../shared/options.ts";
import type { Probe, Validator } from "../contract.ts";
import { ProbeError } from "../errors.ts";
import { clientProbe } from "./client.ts";

/** A client of `redis` or `ioredis`. The caller's: it is never closed here. */
export interface RedisClientLike {
  ping(): Promise<unknown>;
}

/** Options of {@link redisProbe}. */
export interface RedisProbeOptions {
  /** Validators, such as `latencyValidator`. @default none */
  readonly validators?: readonly Validator[];
}

/**
 * Whether Redis answers PING with PONG. The client knows the server: the target only names it. A client
 * that is cut off keeps its commands for later; it is given no second PING before the first is answered.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function redisProbe(client: RedisClientLike, options?: RedisProbeOptions): Probe<object> {
  methodsOption("client", client, ["ping"]);
  const given = optionsObject("redis probe", options, ["validators"]);
  const ping = async (): Promise<void> => {
    const answer = String(await client.ping());
    if (answer !== "PONG") {
      throw new ProbeError("unexpected_answer", `It answered ${answer.slice(0, 100)} to PING`);
    }
  };
  return clientProbe("redis", ping, given.validators);
}
