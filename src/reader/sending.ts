import type { Fate } from "./fate.ts";
import type { Passage } from "./passage.ts";

/** One attempt: where requests are seen, it has sent nothing before its request was made. */
export class Sending {
  readonly #passage: Passage;
  #ended: ((fate: Fate) => void) | undefined;
  #undo: (() => void) | undefined;

  /** @param begun whether bytes may leave from now on */
  constructor(passage: Passage, begun: boolean) {
    this.#passage = passage;
    if (begun) this.#ended = passage.attempt();
  }

  /** Makes the request, if it still may be made; it is destroyed where the export is cut off. */
  request<R extends { destroy(error?: Error): unknown }>(make: () => R): R {
    this.#passage.check();
    this.#ended ??= this.#passage.attempt();
    const request = make();
    this.cutBy((error) => void request.destroy(error));
    return request;
  }

  /** Calls `cut` where the export is cut off before the attempt ends. */
  cutBy(cut: (error: Error) => void): void {
    this.#undo = this.#passage.onCut(cut);
  }

  end(fate: Fate): void {
    this.#undo?.();
    this.#ended?.(fate);
  }
}
