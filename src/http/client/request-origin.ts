import type { ClientRequest } from "node:http";
import { defaultPort, type Origin, type Origins } from "./origin.ts";
import type { Scheme } from "../server/scheme.ts";

/** The most cached origins. The program can set any `Host`, so beyond this number the cache is cleared. */
const MAX_KNOWN = 4_096;

/** Longer values are not cached. */
const MAX_AUTHORITY = 300;

/** Fields of `ClientRequest` that have always existed. Some are undocumented. */
interface Addressed {
  readonly socketPath?: string | undefined;
  readonly _header?: string | null;
}

/** Finds the origins of requests of `node:http` and `node:https`. */
export class RequestOrigins {
  readonly #origins: Origins;
  /**
   * The cached origins by scheme, host and `Host`. Nearly all requests have the same ones as an earlier
   * request.
   */
  #known = {
    http: new Map<string, Map<string, Origin>>(),
    https: new Map<string, Map<string, Origin>>(),
  };
  #size = 0;

  constructor(origins: Origins) {
    this.#origins = origins;
  }

  /** Returns the origin of a new request. */
  originOf(request: ClientRequest): Origin {
    const scheme = request.protocol === "https:" ? "https" : "http";
    const { socketPath } = request as Addressed;
    if (typeof socketPath === "string" && socketPath !== "") {
      return this.#origins.of(scheme, socketPath, undefined);
    }
    const { host } = request;
    const authority = hostHeader(request);
    let byAuthority = this.#known[scheme].get(host);
    const known = byAuthority?.get(authority);
    if (known !== undefined) return known;

    const origin = this.#origins.of(scheme, host, portOf(scheme, host, authority));
    if (authority.length > MAX_AUTHORITY || host.length > MAX_AUTHORITY) return origin;
    if (this.#size >= MAX_KNOWN) this.#forget();
    if (byAuthority === undefined || this.#size === 0) {
      byAuthority = new Map();
      this.#known[scheme].set(host, byAuthority);
    }
    byAuthority.set(authority, origin);
    this.#size += 1;
    return origin;
  }

  #forget(): void {
    this.#known = { http: new Map(), https: new Map() };
    this.#size = 0;
  }
}

/** Returns the `Host` of the request, or an empty text if it has none. */
function hostHeader(request: ClientRequest): string {
  const value = request.getHeader("host");
  if (typeof value === "string") return value;
  // Headers that were passed as a list are only in the composed header block.
  const { _header } = request as Addressed;
  return /\r\nhost: *([^\r\n]*)/i.exec(_header ?? "")?.[1] ?? "";
}

/**
 * Returns the port of a request. Node.js keeps it only in the `Host` that it composes. So it is unknown if
 * the program sets `Host` itself and names another host.
 */
function portOf(scheme: Scheme, host: string, authority: string): number | undefined {
  const bracketed = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  if (authority === bracketed) return defaultPort(scheme);
  if (!authority.startsWith(`${bracketed}:`)) return undefined;
  const port = Number(authority.slice(bracketed.length + 1));
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
}
