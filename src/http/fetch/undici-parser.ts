import type { Socket } from "node:net";

/** undici's parser, as far as it is asked here; internal to undici, and so taken softly. */
interface Internals {
  /** Where the parser's state is in the memory of its WebAssembly module. */
  readonly ptr?: unknown;
  /** The module's exports. */
  readonly llhttp?: { readonly llhttp_get_status_code?: (ptr: number) => unknown };
}

/** What reads the responses on one socket of undici. */
export interface UndiciParser {
  /** The status of the last header block; undefined where nobody tells it. */
  status(): number | undefined;
}

/**
 * The parser of a socket over which undici sends. undici before 8.12 tells nobody the status of a
 * response that takes the connection over, and forgets it before it lets go of the socket; the parser's
 * own memory still has it then, in the same step, although the parser has been given back.
 */
export function parserOf(socket: Socket): UndiciParser | undefined {
  const values = socket as object as Readonly<Record<symbol, Internals | null | undefined>>;
  for (const key of Object.getOwnPropertySymbols(socket)) {
    const { ptr, llhttp } = values[key] ?? {};
    const statusAt = llhttp?.llhttp_get_status_code;
    if (typeof ptr === "number" && typeof statusAt === "function") {
      return { status: () => finalStatus(statusAt(ptr)) };
    }
  }
  return undefined;
}

/** One that can end a request. */
function finalStatus(value: unknown): number | undefined {
  const status = Number(value);
  return status === 101 || (status >= 200 && status <= 999) ? status : undefined;
}
