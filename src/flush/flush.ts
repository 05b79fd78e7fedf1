import type { FlushReport } from "../reader/index.ts";
import type { FlushCall, Flusher, FlushOutcome, FlushView } from "./flusher.ts";
import type { NodeResponse, RequestFlush } from "./handlers/target.ts";

/** What {@link Flush} needs. */
export interface FlushParts {
  /** Exports the data of every attached push reader. Never rejects. */
  readonly now: () => Promise<FlushReport>;
  readonly flusher: Pick<Flusher, "isDue" | "state" | "ifDue">;
  /** Measures the request of a response before the response ends. Never throws. */
  readonly settle: (response: NodeResponse) => void;
}

/** `taskmon.flush`: exports at once, and inside requests that are ending. */
export class Flush implements RequestFlush {
  readonly #parts: FlushParts;

  /** @internal */
  constructor(parts: FlushParts) {
    this.#parts = parts;
  }

  /**
   * Exports the data of every attached push reader, if the task number allows it, and reports what arrived.
   * Never rejects.
   */
  now(): Promise<FlushReport> {
    return this.#parts.now();
  }

  /** Whether a request that ends now should await {@link ifDue}. Cheap enough to call at every request. */
  get isDue(): boolean {
    return this.#parts.flusher.isDue;
  }

  /**
   * Exports the data of every attached push reader if the flush interval has passed and no other request is
   * flushing. For processes that have the CPU only while they answer a request. Never rejects; settles
   * within the flush timeout of the settings. The wrappers of `taskmon/flush` call it.
   */
  ifDue(call?: FlushCall): Promise<FlushOutcome> {
    return this.#parts.flusher.ifDue(call);
  }

  /** The state of flushes inside requests. */
  get state(): FlushView {
    return this.#parts.flusher.state;
  }

  /**
   * Measures the request of this response now, before the response ends, so that the flush includes it and
   * its duration excludes the flush. For handler wrappers. Never throws.
   */
  settle(response: NodeResponse): void {
    this.#parts.settle(response);
  }
}
