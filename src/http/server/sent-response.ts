import type { ServerResponse } from "node:http";
import type { ServerResponseView } from "../options.ts";

/** What Node.js keeps of a response's header block; old, and not documented. */
interface Internals {
  /** The header block, once it is composed. The program cannot change it any more. */
  readonly _header?: string | null;
  /** Whether it has left; `headersSent` is true for a composed one too. */
  readonly _headerSent?: boolean;
}

const STATUS_AT = "HTTP/1.1 ".length;

/** The most status messages that are remembered; Node.js itself has some sixty. */
const MAX_MESSAGES = 200;

/** The status code that each message was sent with; NaN if there were several. */
const codes = new Map<string, number>();

/**
 * The status code that the client was sent; undefined where no header block left this program, as of
 * a response that waits behind another one, or whose header block was only composed. The program may
 * write anything into `statusCode` once the header block is gone, so the block itself is read. For that V8 has to
 * copy the block, so it is not read again for a code and a message that a block has had together.
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

/** A number that can be a status code. */
export function statusCode(value: unknown): number | undefined {
  return Number.isInteger(value) && (value as number) >= 100 && (value as number) <= 999
    ? (value as number)
    : undefined;
}

/** A response as its header block says it, for the `attributes` hook. */
export class SentResponse implements ServerResponseView {
  /** Zero where none was sent. */
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

/** NaN for anything else than a digit. */
function digit(text: string, index: number): number {
  const value = text.charCodeAt(index) - 48;
  return value >= 0 && value <= 9 ? value : Number.NaN;
}
