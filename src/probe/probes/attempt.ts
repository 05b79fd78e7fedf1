import type { Observation, ProbeContext, ProbeResult, Validation, Validator } from "../contract.ts";
import { ProbeError } from "../errors.ts";
import { Phases } from "../net/phases.ts";
import { failedValidation, validateAll } from "../validators/validate.ts";

/** A run of a probe in progress: its findings so far, and the resources to close at its end. */
export class Attempt<D extends object> {
  readonly context: ProbeContext;
  readonly phases: Phases = new Phases();
  /** Findings that only this kind of probe has. */
  readonly details: D;
  statusCode: number | undefined;
  certificate: ProbeResult["certificate"];
  validations: readonly Validation[] | undefined;
  readonly #startedAtMs = performance.now();
  readonly #closers = new Set<() => void>();
  #latencyMs: number | undefined;

  constructor(context: ProbeContext, details: D) {
    this.context = context;
    this.details = details;
  }

  get signal(): AbortSignal {
    return this.context.signal;
  }

  /** Calls `close` when the run ends or is aborted; in reverse order. */
  defer(close: () => void): void {
    this.#closers.add(close);
  }

  /** Cancels `defer(close)`: the resource outlives the run. */
  keep(close: () => void): void {
    this.#closers.delete(close);
  }

  /** Closes what is open. Idempotent. */
  close(): void {
    const closers = [...this.#closers].toReversed();
    this.#closers.clear();
    for (const close of closers) close();
  }

  /** Ends the measured latency: the target has answered completely. */
  answered(): number {
    this.phases.end();
    return (this.#latencyMs ??= performance.now() - this.#startedAtMs);
  }

  /** Validates the answer. */
  async validate(
    validators: readonly Validator[],
    observed: Omit<Observation, "latencyMs" | "certificate">,
  ): Promise<void> {
    const latencyMs = this.answered();
    const { certificate } = this;
    const observation = {
      ...observed,
      latencyMs,
      ...(certificate !== undefined && { certificate }),
    };
    this.validations = await validateAll(validators, observation, this.context);
  }

  /** The result of a run that ended with `error`, or without one. */
  result(error: Error | undefined): ProbeResult<D> {
    const failed = error ?? failedValidation(this.validations);
    return {
      success: failed === undefined,
      latencyMs: this.answered(),
      phasesMs: this.phases.ms,
      details: this.details,
      ...(failed !== undefined && { error: failed }),
      ...(this.validations !== undefined && { validations: this.validations }),
      ...(this.statusCode !== undefined && { statusCode: this.statusCode }),
      ...(this.certificate !== undefined && { certificate: this.certificate }),
    };
  }
}

/**
 * Runs one attempt of a probe. If `work` throws, that error is the failure, and the findings so far are kept.
 * Deferred resources are closed when `work` ends, or at once when the signal aborts.
 */
export async function attempt<D extends object>(
  context: ProbeContext,
  details: D,
  work: (attempt: Attempt<D>) => Promise<void>,
): Promise<ProbeResult<D>> {
  const { signal, timeoutMs } = context;
  const running = new Attempt(context, details);
  const onAbort = (): void => running.close();
  signal.addEventListener("abort", onAbort, { once: true });
  let phase: string | undefined;
  try {
    signal.throwIfAborted();
    await work(running);
    return running.result(undefined);
  } catch (thrown) {
    phase = running.phases.current;
    running.answered();
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    return running.result(signal.aborted ? timedOut(phase, timeoutMs, error) : error);
  } finally {
    signal.removeEventListener("abort", onAbort);
    running.close();
  }
}

const WAITED_FOR: Readonly<Record<string, string>> = {
  dns: "its name was resolved",
  connect: "it accepted the connection",
  tls: "the TLS handshake ended",
  write: "the request was sent",
  first_byte: "it answered",
  transfer: "the answer was complete",
};

function timedOut(phase: string | undefined, timeoutMs: number, cause: Error): ProbeError {
  const before = phase === undefined ? undefined : WAITED_FOR[phase];
  const type = phase === "dns" ? "dns_timeout" : "timeout";
  const what = before === undefined ? "" : ` before ${before}`;
  return new ProbeError(type, `${timeoutMs} ms were over${what}`, { cause });
}
