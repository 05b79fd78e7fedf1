import { raceAbort } from "../../../shared/race.ts";

/** The part of a `Pool` of `pg` that we use. */
export interface PgPool {
  /** Calls back once with a client of the pool, or with an error. */
  connect(callback: (error: Error | undefined, client: PgPoolClient | undefined) => void): void;
}

/** The part of a client that we use. */
export interface PgClient {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: readonly unknown[] }>;
}

/** A client of a pool. */
export interface PgPoolClient extends PgClient {
  /** Returns it to the pool; with `true`, closes its connection. */
  release(destroy?: boolean): void;
  on(event: "error", listener: (error: Error) => void): unknown;
  removeListener(event: "error", listener: (error: Error) => void): unknown;
}

/**
 * Runs `work` on a connection of the pool until it is done or the signal aborts. A connection whose work
 * was given up is closed: it may never answer, and would block a place in the caller's pool.
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
 * Gets a client with our error listener on it. A broken connection emits an error on its client, and
 * without a listener that ends the program. The pool removes its own listener before it calls back, and the
 * error may follow in the same chunk of data. So we must not await a promise in between.
 */
async function connect(pool: PgPool, signal: AbortSignal): Promise<PgPoolClient> {
  const { promise: connected, resolve, reject } = Promise.withResolvers<PgPoolClient>();
  let isGivenUp = false;
  pool.connect((error, client) => {
    if (client === undefined) return reject(error ?? new Error("the pool gave no client"));
    client.on("error", ignore);
    // The call was given up while it waited for a client.
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
