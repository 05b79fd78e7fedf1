import type { ServerResponse } from "node:http";
import type { ServerResponseView } from "../options.ts";

/** Internal fields of a response in Node.js. They are old and undocumented. */
interface Internals {
  /** The header block, after it is composed. The program cannot change it any more. */
  readonly _header?: string | null;
  /** Whether the header block was sent. `headersSent` is already true when it is composed. */
  readonly _headerSent?: boolean;
}

const STATUS_AT = "HTTP/1.1 ".length;

/** The most status messages that are remembered. Node.js itself has about sixty. */
const MAX_MESSAGES = 200;

/** The status code of each message; NaN if there were several. */
const codes = new Map<string, number>();

/**
 * Returns the status code that was sent to the client. Returns undefined if no header block was sent, for
 * example because the response waits behind another one. After the header block is sent, the program can
 * still write anything into `statusCode`, so we read the header block itself. V8 has to copy it for that, so
 * we skip it if an earlier block had the same code and message.
 */
export function sentStatus(response: ServerResponse, finished: boolean): number | undefined {
  const { _header: block, _headerSent: left = response.headersSent } = response as Internals;
  if (!finished && (response.socket === null || !left)) return undefined;
  const { statusCode: code, statusMessage: message } = response;
  if (typeof block !== "string") return statusCode(code);
  if (codes.get(message) === code) return code;
  const sent = statusCode(
    digit(block, STATUS_AT) * 100 + digit(block, STATUS_AT + 1) * 10 + digit(block, STATUS_AT + 2),
  );
  if (sent === code) remember(message, code);
  return sent;
}

function remember(message: string, code: number): void {
  if (codes.has(message)) codes.set(message, Number.NaN);
  else if (codes.size < MAX_MESSAGES) codes.set(message, code);
}

/** Returns the value if it is a possible status code. */
export function statusCode(value: unknown): number | undefined {
  return Number.isInteger(value) && (value as number) >= 100 && (value as number) <= 999
    ? (value as number)
    : undefined;
}

/** A response with the data of its header block, for the `attributes` hook. */
export class SentResponse implements ServerResponseView {
  /** Zero if none was sent. */
  readonly statusCode: number;
  readonly #response: ServerResponse;
  #headers: Map<string, string[]> | undefined;

  constructor(response: ServerResponse, status: number | undefined) {
    this.statusCode = status ?? 0;
    this.#response = response;
  }

  getHeader(name: string): number | string | string[] | undefined {
    const { _header: block } = this.#response as Internals;
    if (typeof block !== "string") return this.#response.getHeader(name);
    this.#headers ??= headersOf(block);
    const values = this.#headers.get(name.toLowerCase());
    return values !== undefined && values.length > 1 ? values : values?.[0];
  }
}

function headersOf(block: string): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  for (const line of block.split("\r\n").slice(1)) {
    const colon = line.indexOf(":");
    if (colon === -1) continue;
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    const values = headers.get(name);
    if (values === undefined) headers.set(name, [value]);
    else values.push(value);
  }
  return headers;
}

/** Returns the digit at an index; NaN if there is none. */
function digit(text: string, index: number): number {
  const value = text.charCodeAt(index) - 48;
  return value >= 0 && value <= 9 ? value : Number.NaN;
}
