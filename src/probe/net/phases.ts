import type { ProbePhase } from "../contract.ts";

/**
 * Times the phases of one run. A phase that comes twice, as with redirects, is added up. The ruler is
 * `performance.now`: our clock counts suspended time too, and so goes in steps of 10 ms.
 */
export class Phases {
  readonly #ms: Partial<Record<ProbePhase, number>> = {};
  #current: { readonly phase: ProbePhase; readonly sinceMs: number } | undefined;

  /** The phase that goes on. */
  get current(): ProbePhase | undefined {
    return this.#current?.phase;
  }

  /** Ends the phase that goes on, and begins another. */
  begin(phase: ProbePhase): void {
    const nowMs = performance.now();
    this.#end(nowMs);
    this.#current = { phase, sinceMs: nowMs };
  }

  /** Ends the phase that goes on. */
  end(): void {
    this.#end(performance.now());
  }

  /** What each phase took so far, in milliseconds. */
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
