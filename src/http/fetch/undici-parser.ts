import type { Socket } from "node:net";

/** The parts of undici's parser that we use. They are internal, so we check everything. */
interface Internals {
  /** The address of the parser's state in the memory of its WebAssembly module. */
  readonly ptr?: unknown;
  /** The module's exports. */
  readonly llhttp?: { readonly llhttp_get_status_code?: (ptr: number) => unknown };
}

/** The parser of the responses on one socket of undici. */
export interface UndiciParser {
  /** Returns the status of the last header block, or undefined if unknown. */
  status(): number | undefined;
}

/**
 * Returns the parser of a socket of undici. Before 8.12 undici does not publish the status of a response that
 * takes over the connection, and forgets it before it releases the socket. In the same turn the parser's
 * memory still has it, although the parser was already returned.
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

/** Returns the status if it is a final one. */
function finalStatus(value: unknown): number | undefined {
  const status = Number(value);
  return status === 101 || (status >= 200 && status <= 999) ? status : undefined;
}
