/** Name and password of an etcd user. */
export interface EtcdAuth {
  readonly name: string;
  readonly password: string;
}

/** The part of `fetch` that we use. */
export type Fetch = (
  url: string,
  init: {
    readonly method: "POST";
    readonly headers: Record<string, string>;
    readonly body: string;
    readonly signal: AbortSignal;
  },
) => Promise<{ readonly status: number; text(): Promise<string> }>;

/** Where etcd is, and how to reach it. */
export interface EtcdClientOptions {
  readonly endpoints: readonly string[];
  readonly auth: EtcdAuth | undefined;
  readonly fetch: Fetch;
}

/** An error answer of etcd. */
class EtcdError extends Error {
  /** The gRPC status code. */
  readonly code: number;

  constructor(message: string, code: number) {
    super(message);
    this.code = code;
  }
}

/** gRPC status codes after which we ask another member: this one is not ready, or has no leader. */
const PASSING_CODES: readonly number[] = [1, 4, 14];
const UNAUTHENTICATED = 16;

/**
 * etcd's HTTP/JSON gateway (https://etcd.io/docs/v3.4/dev-guide/api_grpc_gateway/). A request goes to the
 * member that answered last, and to the others if that one cannot be reached.
 */
export class EtcdClient {
  readonly #options: EtcdClientOptions;
  #current = 0;
  #token: string | undefined;

  constructor(options: EtcdClientOptions) {
    this.#options = options;
  }

  /** Calls a method: `kv/txn`. 64-bit integers in the answer are texts; zeroes are left out. */
  async call<T>(method: string, body: object, signal: AbortSignal): Promise<T> {
    const { auth, endpoints } = this.#options;
    let lastError: unknown;
    for (let turn = 0; turn < endpoints.length; turn++) {
      try {
        if (auth !== undefined) this.#token ??= await this.#authenticate(auth, signal);
        return (await this.#post(method, body, signal)) as T;
      } catch (error) {
        signal.throwIfAborted();
        lastError = error;
        const code = error instanceof EtcdError ? error.code : undefined;
        if (code === UNAUTHENTICATED && auth !== undefined) {
          // A token lives for minutes, and dies with its member.
          this.#token = await this.#authenticate(auth, signal);
          return (await this.#post(method, body, signal)) as T;
        }
        if (code !== undefined && !PASSING_CODES.includes(code)) throw error;
        this.#current = (this.#current + 1) % endpoints.length;
      }
    }
    throw lastError;
  }

  async #authenticate(auth: EtcdAuth, signal: AbortSignal): Promise<string> {
    this.#token = undefined;
    const { token } = (await this.#post("auth/authenticate", { ...auth }, signal)) as {
      token?: string;
    };
    if (token === undefined) throw new Error("etcd gave no token");
    return token;
  }

  async #post(method: string, body: object, signal: AbortSignal): Promise<unknown> {
    const endpoint = this.#options.endpoints[this.#current]!;
    const response = await this.#options.fetch(`${endpoint}/v3/${method}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(this.#token !== undefined && { authorization: this.#token }),
      },
      body: JSON.stringify(body),
      signal,
    });
    const text = await response.text();
    if (response.status === 200) return JSON.parse(text) as unknown;
    throw errorOf(response.status, text);
  }
}

function errorOf(status: number, text: string): Error {
  try {
    const { error, message, code } = JSON.parse(text) as Record<string, unknown>;
    if (typeof code === "number") return new EtcdError(String(message ?? error), code);
  } catch {
    // The answer comes from a proxy before etcd, not from etcd.
  }
  return new Error(`HTTP status ${status}`);
}
