import type { RequestCells } from "./recorder.ts";

/** The facts that decide the labels of a request, together with its route or origin. */
export interface RequestFacts {
  readonly method: string;
  readonly status: number | undefined;
  readonly version: string | undefined;
  readonly unfinished: string | undefined;
  /** The part of the URL that becomes a label: the scheme for a server, the template for a client. */
  readonly urlPart: string | undefined;
  /**
   * The other side: for a server whether the caller is a bot or a test, for a client the service that it
   * calls.
   */
  readonly peer: string | undefined;
}

/** One kind of request, with its cells. */
interface Seen extends RequestFacts {
  readonly cells: RequestCells;
}

/**
 * The most kinds that are remembered for one route or origin. The first kinds are usually the most frequent
 * ones.
 */
const MAX_KINDS = 16;

/**
 * Remembers the cells of each kind of request. Nearly every request is of a known kind, and comparing these
 * facts costs less than creating labels and looking up their series.
 * @typeParam K a route or an origin; their number is bounded
 */
export class SeenRequests<K> {
  readonly #kinds = new Map<K, Seen[]>();

  /** Returns the cells for this kind of request, if it is known. */
  find(
    key: K,
    method: string,
    status: number | undefined,
    version: string | undefined,
    unfinished: string | undefined,
    urlPart: string | undefined,
    peer: string | undefined,
  ): RequestCells | undefined {
    const kinds = this.#kinds.get(key);
    if (kinds === undefined) return undefined;
    for (const seen of kinds) {
      if (
        seen.status === status &&
        seen.method === method &&
        seen.urlPart === urlPart &&
        seen.version === version &&
        seen.unfinished === unfinished &&
        seen.peer === peer
      ) {
        return seen.cells;
      }
    }
    return undefined;
  }

  /** Remembers the cells of a kind of request. */
  keep(key: K, facts: RequestFacts, cells: RequestCells): void {
    const kinds = this.#kinds.get(key);
    if (kinds === undefined) this.#kinds.set(key, [{ ...facts, cells }]);
    else if (kinds.length < MAX_KINDS) kinds.push({ ...facts, cells });
  }
}
