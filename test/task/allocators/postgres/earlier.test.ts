import { Pool } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import {
  type PostgresAllocator,
  postgresAllocator,
} from "../../../../src/task/allocators/postgres.ts";
import { migrate, SCHEMA_VERSION } from "../../../../src/task/allocators/postgres/schema.ts";
import { openPool, type PostgresServer, startPostgres } from "../../../setup/postgres.ts";
import { granted, TARGET } from "../beats.ts";

const KEY = "checkout|web|";
const PAGE = "http://10.0.0.7:9090/";

let server: PostgresServer;
/** For the tests' own statements. */
let admin: Pool;

beforeAll(async () => {
  server = await startPostgres();
  admin = openPool({ connectionString: server.url, max: 2 });
});

beforeEach(() => admin.query("DROP SCHEMA IF EXISTS taskmon CASCADE"));

afterAll(async () => {
  await admin.end();
  await server.stop();
});

/** The schema as version 3 has it, with a function that is called as its heartbeats call it. */
async function versionThree(): Promise<void> {
  const client = await admin.connect();
  await migrate(client, "taskmon", 3);
  client.release();
  await admin.query(`CREATE FUNCTION taskmon.heartbeat_v2(
    p_key text, p_instance text, p_seq bigint, p_held_num integer, p_held_epoch bigint,
    p_hold_ms double precision, p_longest_ms double precision, p_max_tasks integer,
    p_in_band boolean, p_now timestamptz,
    OUT o_kind text, OUT o_num integer, OUT o_epoch bigint, OUT o_longest_ms double precision
  ) LANGUAGE plpgsql AS $$ BEGIN o_kind := 'of version 3'; END $$`);
  await admin.query(`INSERT INTO taskmon.target (key) VALUES ('${KEY}')`);
  await admin.query(`INSERT INTO taskmon.task VALUES (1, 0, 'old', 7, 1, now() + interval '1h')`);
}

/** A heartbeat as version 3 sends it. */
async function oldBeat(
  instance: string,
  seq: number,
  held?: { num: number; epoch: number },
): Promise<{ o_kind: string; o_num: number; o_epoch: string }> {
  const values = [KEY, instance, seq, held?.num ?? null, held?.epoch ?? null, 600_000, null, 1_000];
  const { rows } = await admin.query(
    "SELECT * FROM taskmon.heartbeat_v2($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    [...values, true, null],
  );
  return rows[0];
}

function open(): PostgresAllocator {
  const pool = new Pool({ connectionString: server.url });
  onTestFinished(() => pool.end());
  return postgresAllocator({ pool });
}

async function owners(allocator: PostgresAllocator): Promise<(string | undefined)[][]> {
  const all = await allocator.list(TARGET, { signal: AbortSignal.timeout(5_000) });
  return all.map(({ instance, adminUrl }) => [instance, adminUrl]);
}

describe("beside processes of version 3 of the schema", () => {
  it("lists their numbers, and leaves the schema as it is", async () => {
    await versionThree();
    expect(await owners(open())).toEqual([["old", undefined]]);
    const { rows } = await admin.query("SELECT version FROM taskmon.meta");
    expect(rows).toEqual([{ version: 3 }]);
  });

  it("brings the schema up to date, and they keep their numbers and get new ones", async () => {
    await versionThree();
    expect((await oldBeat("old", 2)).o_kind).toBe("of version 3");
    const allocator = open();
    expect((await granted(allocator, "new", { adminUrl: PAGE })).num).toBe(1);
    const { rows } = await admin.query("SELECT version FROM taskmon.meta");
    expect(rows).toEqual([{ version: SCHEMA_VERSION }]);

    const held = { num: 0, epoch: 7 };
    expect(await oldBeat("old", 3, held)).toMatchObject({ o_kind: "granted", o_num: 0 });
    expect(await oldBeat("another", 1)).toMatchObject({ o_kind: "granted", o_num: 2 });
    expect(await owners(allocator)).toEqual([
      ["old", undefined],
      ["new", PAGE],
      ["another", undefined],
    ]);
  });

  it("shows no page of a process whose number one of them has now", async () => {
    const allocator = open();
    await granted(allocator, "new", { adminUrl: PAGE });
    expect(await owners(allocator)).toEqual([["new", PAGE]]);
    await admin.query("UPDATE taskmon.task SET until = now() - interval '1s' WHERE num = 0");
    expect(await oldBeat("old", 1)).toMatchObject({ o_kind: "granted", o_num: 0 });
    expect(await owners(allocator)).toEqual([["old", undefined]]);
  });
});
