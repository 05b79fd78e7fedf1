import type { NodeResponse } from "./target.ts";

/** Where adapters between `node:http` and handlers of web requests put the server's response. */
interface Places {
  /** The second argument of a handler in `@hono/node-server`. */
  readonly outgoing?: unknown;
  /** A property of srvx requests. */
  readonly runtime?: { readonly node?: { readonly res?: unknown } };
}

/** The `node:http` response of a request, if its adapter exposes it. */
export function findResponse(request: unknown, beside?: unknown): NodeResponse | undefined {
  const candidates = [
    beside,
    (beside as Places | null | undefined)?.outgoing,
    (request as Places | null | undefined)?.runtime?.node?.res,
  ];
  return candidates.find(isResponse);
}

function isResponse(value: unknown): value is NodeResponse {
  if (typeof value !== "object" || value === null) return false;
  const { end, writeHead } = value as Partial<NodeResponse>;
  return typeof end === "function" && typeof writeHead === "function";
}
