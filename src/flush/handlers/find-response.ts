import type { NodeResponse } from "./target.ts";

/** Where adapters between `node:http` and handlers of web requests put the server's response. */
interface Places {
  /** What `@hono/node-server` calls a handler with, beside the request. */
  readonly outgoing?: unknown;
  /** On a request of srvx. */
  readonly runtime?: { readonly node?: { readonly res?: unknown } };
}

/** The response of `node:http` by which a request is answered, if its adapter tells. */
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
