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
  /** The addresses of several members: where one cannot be reached, the next is asked. */
  readonly endpoints?: readonly string[];
  /** The user, where etcd has users. @default no user */
  readonly auth?: EtcdAuth;
  /** What the keys begin with, without a slash at its end. @default "/taskmon" */
  readonly prefix?: string;
  /**
   * What makes requests; for TLS with own certificates for example
   * `(url, init) => undici.fetch(url, { ...init, dispatcher })`. @default the global `fetch`
   */
  readonly fetch?: Fetch;
}

/**
 * Numbers that a fleet shares through etcd 3.4 or later, over its HTTP/JSON gateway: the lowest that is
 * free. An epoch is the time of its grant on this process's clock, or follows the one before: etcd's own
 * revision begins anew where etcd does.
 *
 * A heartbeat costs three requests, one after another, and one write, whatever the number of tasks; a
 * grant reads the keys of all numbers that are held. Many processes that ask at once overtake each other,
 * and ask again: for hundreds of starts in one second, Redis and PostgreSQL are faster. Holds are etcd's
 * leases, which its leader counts in whole seconds; a new leader counts them anew, so they only last
 * longer.
 *
 * While no member has a leader, calls reject, and what holds a number keeps it until its deadline. A write
 * that was answered survives the loss of a minority. An etcd in which a leader that is cut off ends leases
 * (etcd issue 15247, mitigated in 3.4.31 and 3.5.13) may give a number away too early.
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
