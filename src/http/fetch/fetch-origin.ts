import { defaultPort, type Origin, type Origins } from "../client/origin.ts";
import type { ConnectedMessage, UndiciRequest } from "./messages.ts";

/** The most cached origins. Beyond this number the cache is cleared. */
const MAX_KNOWN = 4_096;
/** Longer values are not cached. */
const MAX_LENGTH = 300;

/** The target of a request. */
export interface FetchOrigin {
  readonly origin: Origin;
  /** The requested host. */
  readonly host: string;
}

/** Finds the origins of requests of fetch and undici. */
export class FetchOrigins {
  readonly #origins: Origins;
  readonly #known = new Map<string, FetchOrigin>();

  constructor(origins: Origins) {
    this.#origins = origins;
  }

  /** Returns the origin of a request. Throws if the request has none. */
  of(request: UndiciRequest): FetchOrigin {
    const { origin, path } = request;
    // The path is absolute for a request to a proxy.
    if (typeof path === "string" && path.startsWith("http")) return this.#ofUrl(new URL(path));
    const text = typeof origin === "string" ? origin : originOf(origin);
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const target = this.#ofUrl(new URL(text));
    if (text.length > MAX_LENGTH) return target;
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(text, target);
    return target;
  }

  /** Returns the origin of a connection, which may be that of a proxy. */
  ofConnection({ protocol, hostname, port }: ConnectedMessage["connectParams"]): Origin {
    const scheme = protocol === "https:" ? "https" : "http";
    return this.#origins.of(scheme, hostname, Number(port) || defaultPort(scheme));
  }

  #ofUrl({ protocol, hostname, port }: URL): FetchOrigin {
    const scheme = protocol === "https:" ? "https" : "http";
    const host = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
    return { host, origin: this.#origins.of(scheme, host, Number(port) || defaultPort(scheme)) };
  }
}

function originOf(origin: unknown): string {
  return origin instanceof URL ? origin.origin : String(origin);
}
