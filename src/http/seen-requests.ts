import type { RequestCells } from "./recorder.ts";

/** What the labels of a request are made from, beside its route or origin. */
export interface RequestFacts {
  readonly method: string;
  readonly status: number | undefined;
  readonly version: string | undefined;
  readonly unfinished: string | undefined;
  /** The part of the URL that is a label: the scheme for a server, the template for a client. */
  readonly urlPart: string | undefined;
  /** The other side: whether a server's caller is a bot or a test; the service that a client calls. */
  readonly peer: string | undefined;
}

/** Requests of one kind, and where they are recorded. */
interface Seen extends RequestFacts {
  readonly cells: RequestCells;
}

/** The most kinds that are remembered of one route or origin. The first to come are the most frequent. */
const MAX_KINDS = 16;

/**
 * Remembers the cells of each kind of request. Nearly every request is of a kind that came before, and to
 * compare these facts costs less than to make labels and look their series up.
 * @typeParam K a route or an origin; there is a bounded number of them
 */
export class SeenRequests<K> {
  readonly #kinds = new Map<K, Seen[]>();

  /** The cells of a request that was seen before. */
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

  /** Remembers where a request was recorded. */
  keep(key: K, facts: RequestFacts, cells: RequestCells): void {
    const kinds = this.#kinds.get(key);
    if (kinds === undefined) this.#kinds.set(key, [{ ...facts, cells }]);
    else if (kinds.length < MAX_KINDS) kinds.push({ ...facts, cells });
  }
}
