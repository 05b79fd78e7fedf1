import type { RequestCells } from "../recorder.ts";
import type { Ending, MeasuredRequest } from "./measured-request.ts";

/** What the labels of some requests were made from, and where these are recorded. */
interface Seen {
  readonly method: string;
  readonly scheme: string;
  readonly protocolVersion: string | undefined;
  readonly status: number | undefined;
  readonly unfinished: string | undefined;
  readonly synthetic: string | undefined;
  readonly cells: RequestCells;
}

/** Of one route more than these are not remembered; the first ones come the most often. */
const MAX_PER_ROUTE = 8;

/**
 * Where requests like those before are recorded: nearly all are, and comparing what labels would be made
 * from costs less than to make them and to walk through a level per label.
 */
export class SeenRequests {
  readonly #byRoute = new Map<string | undefined, Seen[]>();

  /** The cells of a request that was seen before. */
  find(measured: MeasuredRequest, ending: Ending): RequestCells | undefined {
    const seen = this.#byRoute.get(ending.route);
    if (seen === undefined) return undefined;
    for (const one of seen) {
      if (
        one.status === ending.status &&
        one.method === measured.method &&
        one.scheme === measured.scheme &&
        one.protocolVersion === ending.protocolVersion &&
        one.unfinished === ending.unfinished &&
        one.synthetic === measured.synthetic
      ) {
        return one.cells;
      }
    }
    return undefined;
  }

  /** Keeps the cells of a request, whose route is one of a bounded number. */
  keep(measured: MeasuredRequest, ending: Ending, cells: RequestCells): void {
    const { method, scheme, synthetic } = measured;
    const { route, protocolVersion, status, unfinished } = ending;
    const one = { method, scheme, protocolVersion, status, unfinished, synthetic, cells };
    const seen = this.#byRoute.get(route);
    if (seen === undefined) this.#byRoute.set(route, [one]);
    else if (seen.length < MAX_PER_ROUTE) seen.push(one);
  }
}
