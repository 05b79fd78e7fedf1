import { InvalidOptionError } from "../../shared/errors.ts";
import { methodsOption, optionsObject, textOption } from "../../shared/options.ts";
import { EtcdAllocator } from "./etcd/allocator.ts";
import { EtcdClient, type EtcdAuth, type Fetch } from "./etcd/client.ts";

export type { EtcdAllocator } from "./etcd/allocator.ts";
export type { EtcdAuth, Fetch } from "./etcd/client.ts";

/** Options of {@link etcdAllocator}. */
export interface EtcdAllocatorOptions {
  /** The address of a member: `http://127.0.0.1:2379`. One of this and `endpoints` is required. */
  readonly endpoint?: string;
  /** The addresses of several members. If one cannot be reached, we ask the next. */
  readonly endpoints?: readonly string[];
  /** The user, if etcd has users. @default no user */
  readonly auth?: EtcdAuth;
  /** The prefix of all keys, without a slash at its end. @default "/taskmon" */
  readonly prefix?: string;
  /**
   * The function that makes requests. For TLS with your own certificates, for example, `(url, init) =>
   * undici.fetch(url, { ...init, dispatcher })`. @default the global `fetch`
   */
  readonly fetch?: Fetch;
}

/**
 * Shares numbers in a fleet through etcd 3.4 or later, over its HTTP/JSON gateway. Each process gets the
 * lowest free number. An epoch is the time of the grant by this process's clock, or the previous epoch plus
 * one; etcd's own revision would restart with a new etcd.
 *
 * A heartbeat costs three requests in sequence and one write, whatever the number of tasks. A grant reads
 * the keys of all held numbers. Processes that ask at the same moment can overtake each other and then ask
 * again: for hundreds of starts in one second, Redis and PostgreSQL are faster. Holds are etcd leases,
 * which the leader counts in whole seconds. A new leader restarts the count, so holds only get longer.
 *
 * While there is no leader, calls reject, and each process keeps its number until its deadline. A confirmed
 * write survives the loss of a minority of members. In etcd versions where an isolated leader can end
 * leases (etcd issue 15247, mitigated in 3.4.31 and 3.5.13), a number may pass on too early.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function etcdAllocator(options: EtcdAllocatorOptions): EtcdAllocator {
  const given = optionsObject("etcdAllocator", options, [
    "endpoint",
    "endpoints",
    "auth",
    "prefix",
    "fetch",
  ]);
  const prefix = textOption("etcdAllocator.prefix", given.prefix ?? "/taskmon");
  if (prefix.endsWith("/")) {
    throw new InvalidOptionError(
      "etcdAllocator.prefix",
      "a text without a slash at its end",
      prefix,
    );
  }
  if (given.fetch !== undefined && typeof given.fetch !== "function") {
    throw new InvalidOptionError("etcdAllocator.fetch", "a function", given.fetch);
  }
  const client = new EtcdClient({
    endpoints: endpointsOf(given),
    auth: given.auth === undefined ? undefined : authOf(given.auth),
    fetch: given.fetch ?? ((url, init) => fetch(url, init)),
  });
  return new EtcdAllocator(client, prefix);
}

function endpointsOf({ endpoint, endpoints }: Partial<EtcdAllocatorOptions>): string[] {
  if ((endpoint === undefined) === (endpoints === undefined)) {
    throw new InvalidOptionError("etcdAllocator.endpoint", "given, or else endpoints", endpoint);
  }
  const all = endpoints ?? [endpoint];
  if (!Array.isArray(all) || all.length === 0) {
    throw new InvalidOptionError("etcdAllocator.endpoints", "a list of addresses", endpoints);
  }
  return all.map((address: unknown) => {
    const option = endpoints === undefined ? "endpoint" : "endpoints";
    const url = typeof address === "string" && URL.canParse(address) ? new URL(address) : undefined;
    if (url === undefined || !/^https?:$/.test(url.protocol)) {
      throw new InvalidOptionError(
        `etcdAllocator.${option}`,
        "an address with http or https",
        address,
      );
    }
    return url.href.replace(/\/+$/, "");
  });
}

function authOf(auth: EtcdAuth): EtcdAuth {
  methodsOption("etcdAllocator.auth", auth, []);
  return {
    name: textOption("etcdAllocator.auth.name", auth.name),
    password: textOption("etcdAllocator.auth.password", auth.password, 1_000),
  };
}
