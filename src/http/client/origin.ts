import type { BoundUpDownCounter } from "../../metrics/index.ts";
import type { Scheme } from "../server/scheme.ts";

/** The number of active requests in one series. */
export interface ActiveCount {
  readonly cell: BoundUpDownCounter;
  count: number;
}

/** The target of requests, as in the labels. There is one object per origin, which also caches its series. */
export interface Origin {
  readonly scheme: Scheme;
  readonly address: string;
  /** Undefined if unknown, as for a Unix domain socket. */
  readonly port: number | undefined;
  /** The counts of active requests, by method and template. */
  readonly active: Map<string, ActiveCount>;
  /** The series of open connections. Undefined before the first connection. */
  connections:
    | { readonly active: BoundUpDownCounter; readonly idle: BoundUpDownCounter }
    | undefined;
}

/** The address for all hosts beyond the limit. */
const OTHER_ADDRESS = "_OTHER";

/** Returns the default port of a scheme. */
export function defaultPort(scheme: Scheme): number {
  return scheme === "https" ? 443 : 80;
}

/**
 * The origins of a client's requests. Their number is unbounded, so all pairs of host and port beyond
 * `maxHosts` share one origin.
 */
export class Origins {
  readonly #maxHosts: number;
  readonly #hosts = new Set<string>();
  readonly #origins = new Map<string, Origin>();

  constructor(maxHosts: number) {
    this.#maxHosts = maxHosts;
  }

  /** Returns all origins so far. */
  all(): IterableIterator<Origin> {
    return this.#origins.values();
  }

  /**
   * Returns the origin of a host.
   * @param host a name, an IP address with or without brackets, or the path of a Unix domain socket
   */
  of(scheme: Scheme, host: string, port: number | undefined): Origin {
    const address = host.startsWith("/") ? host : bare(host);
    const pair = `${address} ${port}`;
    if (!this.#hosts.has(pair)) {
      if (this.#hosts.size >= this.#maxHosts) return this.#origin(scheme, OTHER_ADDRESS, undefined);
      this.#hosts.add(pair);
    }
    return this.#origin(scheme, address, port);
  }

  /** Returns the same origin with a port, if it has none and is a single host. */
  atPort(origin: Origin, port: number | undefined): Origin {
    const { scheme, address } = origin;
    if (origin.port !== undefined || port === undefined || address === OTHER_ADDRESS) return origin;
    return this.of(scheme, address, port);
  }

  #origin(scheme: Scheme, address: string, port: number | undefined): Origin {
    const key = `${scheme} ${address} ${port}`;
    let origin = this.#origins.get(key);
    if (origin === undefined) {
      origin = { scheme, address, port, active: new Map(), connections: undefined };
      this.#origins.set(key, origin);
    }
    return origin;
  }
}

/** Normalizes a host: names are case-insensitive, and IPv6 addresses may have brackets. */
function bare(host: string): string {
  return (host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host).toLowerCase();
}
