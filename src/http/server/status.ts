import type { ServerResponse } from "node:http";

/**
 * The status code that the client was sent; undefined where no header block left this program, as of
 * a response that waits behind another one, or whose header block was only composed.
 */
export function sentStatus(response: ServerResponse, finished: boolean): number | undefined {
  if (!finished && (response.socket === null || !headerSent(response))) return undefined;
  // A program may write anything into the field once the header block is gone.
  return statusCode(response.statusCode);
}

/** A number that can be a status code. */
export function statusCode(value: unknown): number | undefined {
  return Number.isInteger(value) && (value as number) >= 100 && (value as number) <= 999
    ? (value as number)
    : undefined;
}

/** Node.js tells "composed" from "sent" in this field alone; `headersSent` is true for both. */
function headerSent(response: ServerResponse): boolean {
  const { _headerSent } = response as { readonly _headerSent?: boolean };
  return _headerSent ?? response.headersSent;
}
