import { methodsOption, optionsObject } from "../../shared/options.ts";
import type { Probe, Validator } from "../contract.ts";
import { ProbeError } from "../errors.ts";
import { clientProbe } from "./client.ts";

/** A client of `redis` or `ioredis`. It belongs to the caller: we never close it. */
export interface RedisClientLike {
  ping(): Promise<unknown>;
}

/** Options of {@link redisProbe}. */
export interface RedisProbeOptions {
  /** Validators, such as `latencyValidator`. @default none */
  readonly validators?: readonly Validator[];
}

/**
 * Checks whether Redis answers PING with PONG. The client knows the server; the target only gives it a name. A
 * disconnected client queues its commands, so it gets no second PING before the first is answered.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function redisProbe(client: RedisClientLike, options?: RedisProbeOptions): Probe<object> {
  methodsOption("redisProbe.client", client, ["ping"]);
  const given = optionsObject("redisProbe", options, ["validators"]);
  const ping = async (): Promise<void> => {
    const answer = String(await client.ping());
    if (answer !== "PONG") {
      throw new ProbeError("unexpected_answer", `It answered ${answer.slice(0, 100)} to PING`);
    }
  };
  return clientProbe("redis", ping, given.validators);
}
