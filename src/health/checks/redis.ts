import { methodsOption } from "../../shared/options.ts";
import { oneAtATime } from "./alone.ts";
import { type DependencyCheck, dependencyCheck } from "./scoped.ts";

/** A client of `redis` or `ioredis`. The caller's: it is never closed here. */
export interface RedisClientLike {
  ping(): Promise<unknown>;
}

/**
 * Whether Redis answers a PING. A client that is cut off keeps its commands for later; it is given no
 * second PING before the first is answered.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function redisCheck(client: RedisClientLike): DependencyCheck {
  methodsOption("client", client, ["ping"]);
  const ping = oneAtATime(async () => client.ping());
  return dependencyCheck(async ({ signal }) => {
    const answer = await ping(signal);
    if (String(answer) !== "PONG") throw new Error(`Redis answered ${String(answer)} to PING`);
  });
}
