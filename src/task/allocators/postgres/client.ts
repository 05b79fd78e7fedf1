/** What is used of a `Pool` of `pg`. */
export interface PgPool {
  connect(): Promise<PgPoolClient>;
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
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const client = await connect(pool, aborted);
    // A connection that breaks tells its client too, which without a listener would end the program.
    client.on("error", ignore);
    try {
      return await Promise.race([work(client), aborted]);
    } finally {
      client.release(signal.aborted);
      client.removeListener("error", ignore);
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

async function connect(pool: PgPool, aborted: Promise<never>): Promise<PgPoolClient> {
  const connecting = pool.connect();
  try {
    return await Promise.race([connecting, aborted]);
  } catch (error) {
    // Where it was still waiting in line, what it gets later goes back at once.
    connecting.then(
      (client) => client.release(),
      () => undefined,
    );
    throw error;
  }
}

/** The query rejects with the same error. */
function ignore(): void {}
