import { TaskmonError } from "../../../shared/errors.ts";
import { StoreNewerError, StoreNotOursError } from "../errors.ts";
import type { PgClient } from "./client.ts";
import { functionsSql } from "./functions.ts";

/** What each version of the schema adds. A released step never changes. */
const STEPS: readonly ((schema: string) => string)[] = [
  (s) => `
    CREATE TABLE ${s}.target (
      id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      key text NOT NULL UNIQUE
    );
    CREATE TABLE ${s}.task (
      target integer NOT NULL,
      num integer NOT NULL CHECK (num >= 0),
      instance text,
      epoch bigint NOT NULL,
      seq bigint NOT NULL,
      until timestamptz,
      PRIMARY KEY (target, num)
    ) WITH (fillfactor = 70);
    COMMENT ON COLUMN ${s}.task.until IS
      'held (with an instance) or resting (without) until then; null: may be given away';
    CREATE UNIQUE INDEX task_by_instance ON ${s}.task (target, instance) WHERE instance IS NOT NULL;
    CREATE INDEX task_available ON ${s}.task (target, num) WHERE until IS NULL;
    CREATE INDEX task_by_end ON ${s}.task (target, until) WHERE until IS NOT NULL;`,
  (s) => `
    CREATE TABLE ${s}.claim (
      id bigint GENERATED ALWAYS AS IDENTITY,
      target integer NOT NULL,
      instance text NOT NULL,
      seq bigint NOT NULL,
      until timestamptz NOT NULL,
      max_tasks integer NOT NULL,
      PRIMARY KEY (target, instance)
    );
    CREATE INDEX claim_by_age ON ${s}.claim (target, id);`,
  // See TargetMemory.
  (s) => `
    ALTER TABLE ${s}.target
      ADD COLUMN sure_from bigint NOT NULL DEFAULT 0,
      ADD COLUMN settles_until timestamptz NOT NULL DEFAULT '-infinity',
      ADD COLUMN hold_ms double precision NOT NULL DEFAULT 0,
      ADD COLUMN former_hold_ms double precision NOT NULL DEFAULT 0,
      ADD COLUMN span_until timestamptz NOT NULL DEFAULT '-infinity';`,
  // Where the owner has its status page.
  (s) => `ALTER TABLE ${s}.task ADD COLUMN admin_url text;`,
];

/** The version of the schema that the steps lead to. */
export const SCHEMA_VERSION: number = STEPS.length;

/** Held while the schema is created or changed: "TskN". */
const SCHEMA_LOCK = 0x54_73_6b_4e;

/** The name as SQL text. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The store's name in messages. */
export function storeName(schema: string): string {
  return `PostgreSQL schema ${schema}`;
}

/**
 * Brings the schema to the present version, or to an earlier one in tests, in one transaction.
 * @throws StoreNotOursError, StoreNewerError, or an error of PostgreSQL
 */
export async function migrate(
  client: PgClient,
  schema: string,
  version: number = SCHEMA_VERSION,
): Promise<void> {
  await client.query("BEGIN ISOLATION LEVEL READ COMMITTED");
  try {
    await client.query(`SET LOCAL lock_timeout = '30s'`);
    await client.query("SELECT pg_advisory_xact_lock($1, hashtext($2))", [SCHEMA_LOCK, schema]);
    const s = quoted(schema);
    const found = (await inspect(client, schema)) ?? (await create(client, schema));
    if (found < version) {
      for (const step of STEPS.slice(found, version)) await client.query(step(s));
      if (version === SCHEMA_VERSION) await client.query(functionsSql(s));
      await client.query(`UPDATE ${s}.meta SET version = ${version}`);
    }
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK").catch(() => undefined);
    throw error;
  }
}

/**
 * The schema's version; undefined where it is missing or empty.
 * @throws StoreNotOursError, StoreNewerError, or an error of PostgreSQL
 */
export async function inspect(client: PgClient, schema: string): Promise<number | undefined> {
  const s = quoted(schema);
  const [is] = (
    await client.query(
      `SELECT to_regclass($2) IS NOT NULL AS ours,
         EXISTS (SELECT FROM pg_class WHERE relnamespace = to_regnamespace($1)) AS filled`,
      [s, `${s}.meta`],
    )
  ).rows as readonly { ours: boolean; filled: boolean }[];
  if (is?.filled !== true) return undefined;
  if (!is.ours) throw new StoreNotOursError(storeName(schema), "it holds another program's tables");
  const [meta] = (await client.query(`SELECT * FROM ${s}.meta`)).rows as readonly {
    product?: unknown;
    version?: unknown;
  }[];
  if (meta?.product !== "taskmon" || typeof meta.version !== "number") {
    throw new StoreNotOursError(storeName(schema), "its table meta belongs to another program");
  }
  if (meta.version > SCHEMA_VERSION) {
    throw new StoreNewerError(storeName(schema), meta.version, SCHEMA_VERSION);
  }
  return meta.version;
}

/** Creates the schema, with only the mark that it is ours. */
async function create(client: PgClient, schema: string): Promise<number> {
  const s = quoted(schema);
  const { rows } = await client.query("SELECT FROM pg_namespace WHERE nspname = $1", [schema]);
  // Only if it is missing: creating it needs a right that the schema's owner may not have.
  if (rows.length === 0) await client.query(`CREATE SCHEMA ${s}`);
  await client.query(`CREATE TABLE ${s}.meta (product text NOT NULL, version integer NOT NULL)`);
  await client.query(`INSERT INTO ${s}.meta VALUES ('taskmon', 0)`);
  return 0;
}

/** Whether an error says that the schema, or a part of it, is not there. */
export function isMissing(error: unknown): boolean {
  // invalid_schema_name, undefined_function, undefined_table
  return !(error instanceof TaskmonError) && ["3F000", "42883", "42P01"].includes(codeOf(error));
}

/** The SQLSTATE of an error of PostgreSQL, else an empty text. */
export function codeOf(error: unknown): string {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  return typeof code === "string" ? code : "";
}
