import type { FlushReport } from "../reader/index.ts";
import type { FlushCall, Flusher, FlushOutcome, FlushView } from "./flusher.ts";
import type { NodeResponse, RequestFlush } from "./handlers/target.ts";

/** What {@link Flush} stands for. */
export interface FlushParts {
  /** Exports what every attached push reader has. Never rejects. */
  readonly now: () => Promise<FlushReport>;
  readonly flusher: Pick<Flusher, "isDue" | "state" | "ifDue">;
  /** Measures the request of a response before its end. Never throws. */
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
   * Exports what every attached push reader has, as far as the number is sure, and tells what arrived.
   * Never rejects.
   */
  now(): Promise<FlushReport> {
    return this.#parts.now();
  }

  /** Whether a request that ends now is to await {@link ifDue}. Cheap enough to ask at each one. */
  get isDue(): boolean {
    return this.#parts.flusher.isDue;
  }

  /**
   * Exports what every attached push reader has, if the settings' interval has passed and no other request
   * is doing it: for processes that have the CPU only while they answer a request. Never rejects; settles
   * within the settings' flush timeout. The wrappers of `taskmon/flush` call it.
   */
  ifDue(call?: FlushCall): Promise<FlushOutcome> {
    return this.#parts.flusher.ifDue(call);
  }

  /** How flushes inside requests stand. */
  get state(): FlushView {
    return this.#parts.flusher.state;
  }

  /**
   * Measures the request of this response now, before its end, so that a flush has it and its duration is
   * without the flush's. For wrappers of handlers; never throws.
   */
  settle(response: NodeResponse): void {
    this.#parts.settle(response);
  }
}
