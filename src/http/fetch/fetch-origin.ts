import { defaultPort, type Origin, type Origins } from "../client/origin.ts";
import type { ConnectedMessage, UndiciRequest } from "./messages.ts";

/** A program may ask any number of origins; beyond this the memory begins anew. */
const MAX_KNOWN = 4_096;
/** Longer ones are not remembered. */
const MAX_LENGTH = 300;

/** Where a request goes. */
export interface FetchOrigin {
  readonly origin: Origin;
  /** As it was asked for. */
  readonly host: string;
}

/** Finds out where the requests of fetch and undici go. */
export class FetchOrigins {
  readonly #origins: Origins;
  readonly #known = new Map<string, FetchOrigin>();

  constructor(origins: Origins) {
    this.#origins = origins;
  }

  /** Throws where the request names no origin. */
  of(request: UndiciRequest): FetchOrigin {
    const { origin, path } = request;
    // The absolute form, in which a proxy is asked.
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

  /** The origin that a connection goes to, which may be a proxy's. */
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
