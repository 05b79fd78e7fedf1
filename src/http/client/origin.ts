import type { BoundUpDownCounter } from "../../metrics/index.ts";
import type { Scheme } from "../server/scheme.ts";

/** How many requests one series of the active ones counts. */
export interface ActiveCount {
  readonly cell: BoundUpDownCounter;
  count: number;
}

/** Where requests go, as labels name it; one object for each, with what is looked up by it. */
export interface Origin {
  readonly scheme: Scheme;
  readonly address: string;
  /** Undefined where nobody says it, as of a Unix domain socket. */
  readonly port: number | undefined;
  /** The counts of active requests, by method and template. */
  readonly active: Map<string, ActiveCount>;
  /** The series of open connections, once there were any. */
  connections:
    | { readonly active: BoundUpDownCounter; readonly idle: BoundUpDownCounter }
    | undefined;
}

/** The address that stands for all hosts beyond the cap. */
const OTHER_ADDRESS = "_OTHER";

/** The default port of a scheme. */
export function defaultPort(scheme: Scheme): number {
  return scheme === "https" ? 443 : 80;
}

/**
 * The origins of a client's requests, of which a program can make up any number: beyond `maxHosts`
 * different pairs of host and port all are one.
 */
export class Origins {
  readonly #maxHosts: number;
  readonly #hosts = new Set<string>();
  readonly #origins = new Map<string, Origin>();

  constructor(maxHosts: number) {
    this.#maxHosts = maxHosts;
  }

  /** All origins so far. */
  all(): IterableIterator<Origin> {
    return this.#origins.values();
  }

  /**
   * The origin of a host.
   * @param host name, IP address with or without brackets, or path of a Unix domain socket
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

  /** The same origin at a port, where it has none of its own and is one host. */
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

/** A host name is the same in capitals, and an IPv6 address the same in brackets. */
function bare(host: string): string {
  return (host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host).toLowerCase();
}
