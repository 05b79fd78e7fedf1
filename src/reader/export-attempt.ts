import type { DeliveryOutcome } from "./delivery-outcome.ts";
import type { ExportInFlight } from "./export-in-flight.ts";

/** One attempt of an export. If we can see requests, it has sent nothing before its request is made. */
export class ExportAttempt {
  readonly #inFlight: ExportInFlight;
  #ended: ((delivery: DeliveryOutcome) => void) | undefined;
  #undo: (() => void) | undefined;

  /** @param begun whether it may send bytes from now on */
  constructor(inFlight: ExportInFlight, begun: boolean) {
    this.#inFlight = inFlight;
    if (begun) this.#ended = inFlight.attempt();
  }

  /** Makes the request, if that is still allowed. The request is destroyed if the export is cut off. */
  request<R extends { destroy(error?: Error): unknown }>(make: () => R): R {
    this.#inFlight.check();
    this.#ended ??= this.#inFlight.attempt();
    const request = make();
    this.cutBy((error) => void request.destroy(error));
    return request;
  }

  /** Calls `cut` if the export is cut off before the attempt ends. */
  cutBy(cut: (error: Error) => void): void {
    this.#undo = this.#inFlight.onCut(cut);
  }

  end(delivery: DeliveryOutcome): void {
    this.#undo?.();
    this.#ended?.(delivery);
  }
}
