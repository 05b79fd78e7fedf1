import { Redis } from "ioredis";
import { it } from "vitest";
import { connectionOf } from "../../../../src/task/allocators/redis/client.ts";
import { RedisStore } from "../../../../src/task/allocators/redis/store.ts";
import { startRedis } from "../../../setup/redis.ts";
import { expectAnswersOfModel } from "../model.ts";

it("gives the answers of a plain array, whatever happens in whatever order", async () => {
  await using server = await startRedis();
  const client = new Redis(server.url);
  const { signal } = new AbortController();
  await expectAnswersOfModel(
    async (time) => {
      await client.flushall();
      const store = new RedisStore({
        connection: connectionOf(client),
        prefix: "taskmon",
        assign: "in-band",
        replicas: 0,
        replicasTimeoutMs: 0,
        now: () => time.wallTime,
      });
      return {
        notify: (instance, heartbeat) => store.notify("t", instance, heartbeat, signal),
        release: (instance, grant) => store.release("t", instance, grant, signal),
        housekeep: () => store.housekeep("t", 500, signal),
        forget: () => client.flushall(),
        close: () => undefined,
      };
    },
    { numRuns: 100 },
  );
  client.disconnect();
});
