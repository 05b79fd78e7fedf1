import { methodsOption } from "../../shared/options.ts";
import { oneAtATime } from "./alone.ts";
import { type DependencyCheck, dependencyCheck } from "./scoped.ts";

/** A client of `redis` or `ioredis`. It belongs to the caller: we never close it. */
export interface RedisClientLike {
  ping(): Promise<unknown>;
}

/**
 * Checks whether Redis answers a PING. A disconnected client queues its commands, so it gets no second PING before
 * the first is answered.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function redisCheck(client: RedisClientLike): DependencyCheck {
  methodsOption("redisCheck.client", client, ["ping"]);
  const ping = oneAtATime(async () => client.ping());
  return dependencyCheck(async ({ signal }) => {
    const answer = await ping(signal);
    if (String(answer) !== "PONG") throw new Error(`Redis answered ${String(answer)} to PING`);
  });
}
