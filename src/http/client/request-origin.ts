import type { ClientRequest } from "node:http";
import { defaultPort, type Origin, type Origins } from "./origin.ts";
import type { Scheme } from "../server/scheme.ts";

/** Requests whose `Host` is not what was connected to may name any; beyond this the memory begins anew. */
const MAX_KNOWN = 4_096;

/** Longer ones are not remembered. */
const MAX_AUTHORITY = 300;

/** Fields that `ClientRequest` has always had, and that are not all documented. */
interface Addressed {
  readonly socketPath?: string | undefined;
  readonly _header?: string | null;
}

/** Finds out where the requests of `node:http` and `node:https` go. */
export class RequestOrigins {
  readonly #origins: Origins;
  /** By scheme, host and `Host`, which nearly all requests have in common with an earlier one. */
  #known = {
    http: new Map<string, Map<string, Origin>>(),
    https: new Map<string, Map<string, Origin>>(),
  };
  #size = 0;

  constructor(origins: Origins) {
    this.#origins = origins;
  }

  /** The origin of a request that was just made. */
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

/** The `Host` that the request carries; blank where it has none. */
function hostHeader(request: ClientRequest): string {
  const value = request.getHeader("host");
  if (typeof value === "string") return value;
  // Headers that were given as a list are in the composed block alone.
  const { _header } = request as Addressed;
  return /\r\nhost: *([^\r\n]*)/i.exec(_header ?? "")?.[1] ?? "";
}

/**
 * The port that a request asks for. Node.js keeps it nowhere but in the `Host` that it composes, so it
 * is not known yet where the program wrote that itself and named another host.
 */
function portOf(scheme: Scheme, host: string, authority: string): number | undefined {
  const bracketed = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  if (authority === bracketed) return defaultPort(scheme);
  if (!authority.startsWith(`${bracketed}:`)) return undefined;
  const port = Number(authority.slice(bracketed.length + 1));
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
}
