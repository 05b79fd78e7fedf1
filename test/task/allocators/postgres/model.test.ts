import { it } from "vitest";
import { PostgresStore } from "../../../../src/task/allocators/postgres/store.ts";
import { openPool, startPostgres } from "../../../setup/postgres.ts";
import { heartbeat } from "../beats.ts";
import { expectAnswersOfModel } from "../model.ts";

it("gives the answers of a plain array, whatever happens in whatever order", async () => {
  await using server = await startPostgres({ fsync: "off" });
  const pool = openPool({ connectionString: server.url, max: 1 });
  const { signal } = new AbortController();
  const forget = () => pool.query("TRUNCATE taskmon.task, taskmon.target");
  await expectAnswersOfModel(
    async (time) => {
      const store = new PostgresStore({
        pool,
        schema: "taskmon",
        assign: "in-band",
        now: () => new Date(time.wallTime),
      });
      // The schema is made by the first heartbeat.
      await store.notify("t", "first", heartbeat(), signal);
      await forget();
      return {
        notify: (instance, said) => store.notify("t", instance, said, signal),
        release: (instance, grant) => store.release("t", instance, grant, signal),
        housekeep: () => store.housekeep("t", 500, signal),
        forget,
        close: () => undefined,
      };
    },
    // The epochs count for each number apart.
    { numRuns: 100, epochs: "any" },
  );
  await pool.end();
});
