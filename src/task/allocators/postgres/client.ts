import { raceAbort } from "../../../shared/race.ts";

/** What is used of a `Pool` of `pg`. */
export interface PgPool {
  /** Calls back once with a client of the pool, or with an error. */
  connect(callback: (error: Error | undefined, client: PgPoolClient | undefined) => void): void;
}

/** What is used of a client. */
export interface PgClient {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: readonly unknown[] }>;
}

/** A client of a pool. */
export interface PgPoolClient extends PgClient {
  /** Hands it back; with `true`, closes its connection. */
  release(destroy?: boolean): void;
  on(event: "error", listener: (error: Error) => void): unknown;
  removeListener(event: "error", listener: (error: Error) => void): unknown;
}

/**
 * Runs `work` on a connection of the pool until it is done or the signal aborts. A connection whose work
 * was given up is closed: it may never answer, and would be missing in the caller's pool.
 */
export async function withClient<T>(
  pool: PgPool,
  signal: AbortSignal,
  work: (client: PgClient) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const client = await connect(pool, signal);
  try {
    return await raceAbort(() => work(client), signal);
  } finally {
    handBack(client, signal.aborted);
  }
}

/**
 * A client that has its error listener already. A connection that breaks tells its client, which without
 * a listener ends the program; the pool takes its own listener away before it calls back, and the news
 * may follow in the same piece of data. So there is no turn to wait for a promise in.
 */
async function connect(pool: PgPool, signal: AbortSignal): Promise<PgPoolClient> {
  const { promise: connected, resolve, reject } = Promise.withResolvers<PgPoolClient>();
  let isGivenUp = false;
  pool.connect((error, client) => {
    if (client === undefined) return reject(error ?? new Error("the pool gave no client"));
    client.on("error", ignore);
    // It was still waiting in line when the call was given up.
    if (isGivenUp) handBack(client, false);
    else resolve(client);
  });
  try {
    return await raceAbort(() => connected, signal);
  } catch (error) {
    isGivenUp = true;
    connected.then(
      (client) => handBack(client, false),
      () => undefined,
    );
    throw error;
  }
}

function handBack(client: PgPoolClient, destroys: boolean): void {
  client.release(destroys);
  // The pool has its own listener again.
  client.removeListener("error", ignore);
}

/** The query rejects with the same error. */
function ignore(): void {}
