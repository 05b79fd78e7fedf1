import type { DeliveryOutcome } from "./delivery-outcome.ts";
import type { ExportInFlight } from "./export-in-flight.ts";

/** One attempt: where requests are seen, it has sent nothing before its request was made. */
export class ExportAttempt {
  readonly #inFlight: ExportInFlight;
  #ended: ((delivery: DeliveryOutcome) => void) | undefined;
  #undo: (() => void) | undefined;

  /** @param begun whether bytes may leave from now on */
  constructor(inFlight: ExportInFlight, begun: boolean) {
    this.#inFlight = inFlight;
    if (begun) this.#ended = inFlight.attempt();
  }

  /** Makes the request, if it still may be made; it is destroyed where the export is cut off. */
  request<R extends { destroy(error?: Error): unknown }>(make: () => R): R {
    this.#inFlight.check();
    this.#ended ??= this.#inFlight.attempt();
    const request = make();
    this.cutBy((error) => void request.destroy(error));
    return request;
  }

  /** Calls `cut` where the export is cut off before the attempt ends. */
  cutBy(cut: (error: Error) => void): void {
    this.#undo = this.#inFlight.onCut(cut);
  }

  end(delivery: DeliveryOutcome): void {
    this.#undo?.();
    this.#ended?.(delivery);
  }
}
