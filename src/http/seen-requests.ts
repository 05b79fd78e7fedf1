import type { RequestCells } from "./recorder.ts";

/** What the labels of a request are made from, beside its route or origin. */
export interface RequestFacts {
  readonly method: string;
  readonly status: number | undefined;
  readonly version: string | undefined;
  readonly unfinished: string | undefined;
  /** A server's scheme; the template of a client's request. */
  readonly third: string | undefined;
  /** What a server's caller is; the service that a client's request is for. */
  readonly fourth: string | undefined;
}

/** Requests of one kind, and where they are recorded. */
interface Seen extends RequestFacts {
  readonly cells: RequestCells;
}

/** Of one route or origin no more kinds are remembered; the first ones come the most often. */
const MAX_KINDS = 16;

/**
 * Where requests like those before are recorded: nearly all are, and comparing what labels would be made
 * from costs less than to make them and to walk through a level per label.
 * @typeParam K what kinds are remembered by: a route, or an origin; of a bounded number
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
    third: string | undefined,
    fourth: string | undefined,
  ): RequestCells | undefined {
    const kinds = this.#kinds.get(key);
    if (kinds === undefined) return undefined;
    for (const seen of kinds) {
      if (
        seen.status === status &&
        seen.method === method &&
        seen.third === third &&
        seen.version === version &&
        seen.unfinished === unfinished &&
        seen.fourth === fourth
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
