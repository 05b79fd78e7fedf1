import type { ProbePhase } from "../contract.ts";

/**
 * Measures the phases of one run. If a phase occurs twice, as with redirects, its times are added up. It uses
 * `performance.now`: our clock counts suspended time too, and so has a resolution of 10 ms.
 */
export class Phases {
  readonly #ms: Partial<Record<ProbePhase, number>> = {};
  #current: { readonly phase: ProbePhase; readonly sinceMs: number } | undefined;

  /** The current phase. */
  get current(): ProbePhase | undefined {
    return this.#current?.phase;
  }

  /** Ends the current phase, and begins another. */
  begin(phase: ProbePhase): void {
    const nowMs = performance.now();
    this.#end(nowMs);
    this.#current = { phase, sinceMs: nowMs };
  }

  /** Ends the current phase. */
  end(): void {
    this.#end(performance.now());
  }

  /** The duration of each phase so far, in milliseconds. */
  get ms(): Readonly<Partial<Record<ProbePhase, number>>> {
    return this.#ms;
  }

  #end(nowMs: number): void {
    if (this.#current === undefined) return;
    const { phase, sinceMs } = this.#current;
    this.#ms[phase] = (this.#ms[phase] ?? 0) + nowMs - sinceMs;
    this.#current = undefined;
  }
}
