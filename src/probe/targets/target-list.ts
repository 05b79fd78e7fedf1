import type { Clock } from "../../shared/clock.ts";
import { InvalidOptionError } from "../../shared/errors.ts";
import { type Repeat, repeat } from "../../shared/repeat.ts";
import { createReporter } from "../../shared/report.ts";
import { withTimeout } from "../../shared/timeout.ts";
import type { Target } from "../contract.ts";
import { type TargetInput, targetOf } from "../target.ts";
import type { TargetListing, TargetSource, TargetsInput } from "./source.ts";

/** How a list is kept up to date. */
export interface TargetListOptions {
  /** The probe, for messages. */
  readonly name: string;
  readonly targets: TargetsInput;
  /** How often to call a function, in milliseconds. */
  readonly refreshMs: number;
  /** The most targets; a longer list is rejected. */
  readonly maxTargets: number;
  readonly clock: Clock;
  /** Throws for a target that the probe could never probe. */
  readonly accepts: (target: Target) => void;
  readonly onList: (targets: readonly Target[]) => void;
  /** The list could not be read; the last one stays. */
  readonly onFailed: (source: string) => void;
}

/** The time limit for one answer of a source. */
const TIMEOUT_MS = 30_000;
/** The shortest time between two calls of a source. */
const MIN_REFRESH_MS = 100;

/** The targets of one probe, refreshed repeatedly. */
export class TargetList {
  readonly #options: TargetListOptions;
  readonly #source: TargetSource | undefined;
  readonly #fixed: readonly Target[] | undefined;
  readonly #report = createReporter("probe");
  #repeat: Repeat | undefined;
  #endWatch: (() => void) | undefined;
  /** Whether the source reported a change while `list` was running. */
  #changed = false;

  /** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` */
  constructor(options: TargetListOptions) {
    this.#options = options;
    const { name, targets, refreshMs } = options;
    if (Array.isArray(targets)) this.#fixed = this.#checked(targets as readonly TargetInput[]);
    else
      this.#source = sourceOf(
        `probes.${name}.targets`,
        targets as Exclude<TargetsInput, readonly TargetInput[]>,
        refreshMs,
      );
  }

  /** Starts refreshing; a fixed list is reported at once. Idempotent. */
  start(): void {
    if (this.#fixed !== undefined) this.#options.onList(this.#fixed);
    const source = this.#source;
    if (source === undefined || this.#repeat !== undefined) return;
    this.#repeat = repeat(
      this.#options.clock,
      (signal) => this.#ask(source, signal),
      source.refreshMs,
    );
    this.#endWatch = source.watch?.(() => {
      this.#changed = true;
      this.#repeat?.hurry();
    });
  }

  /** Refreshes now; resolves when that is done. Never rejects. */
  async refresh(): Promise<void> {
    await this.#repeat?.idle();
    this.#repeat?.hurry();
    await this.#repeat?.idle();
  }

  /** Stops refreshing. The last list stays. Idempotent. */
  stop(): void {
    this.#endWatch?.();
    this.#endWatch = undefined;
    this.#repeat?.stop();
    this.#repeat = undefined;
  }

  async #ask(source: TargetSource, signal: AbortSignal): Promise<number> {
    const { clock, name, onList, onFailed } = this.#options;
    this.#changed = false;
    try {
      const listing = await withTimeout(
        clock,
        `The ${source.kind} of probe ${name}`,
        TIMEOUT_MS,
        (inner) => source.list({ signal: inner }),
        signal,
      );
      const targets = this.#checked(listing.targets);
      if (signal.aborted) return source.refreshMs;
      this.#report.recovered("list", `Probe ${name} has its targets from ${source.kind} again`);
      onList(targets);
      return this.#changed ? 0 : Math.max(MIN_REFRESH_MS, listing.refreshMs ?? source.refreshMs);
    } catch (error) {
      if (signal.aborted) return source.refreshMs;
      const message = `Probe ${name} cannot have its targets from ${source.kind}; it keeps those that it had`;
      this.#report.warnOnce("list", message, error);
      onFailed(source.kind);
      return this.#changed ? MIN_REFRESH_MS : source.refreshMs;
    }
  }

  #checked(inputs: readonly TargetInput[]): readonly Target[] {
    const { name, maxTargets, accepts } = this.#options;
    const option = `probes.${name}.targets`;
    if (!Array.isArray(inputs)) throw new InvalidOptionError(option, "a list of targets", inputs);
    if (inputs.length > maxTargets) {
      throw new InvalidOptionError(option, `at most ${maxTargets} targets`, inputs.length);
    }
    return (inputs as readonly TargetInput[]).map((input, at) => {
      const target = targetOf(input, `${option}[${at}]`);
      accepts(target);
      return target;
    });
  }
}

function sourceOf(
  option: string,
  targets: Exclude<TargetsInput, readonly TargetInput[]>,
  refreshMs: number,
): TargetSource {
  if (typeof targets === "function") {
    const list = async (): Promise<TargetListing> => ({ targets: await targets() });
    return { kind: "function", refreshMs, list };
  }
  if (typeof targets !== "object" || targets === null || typeof targets.list !== "function") {
    throw new InvalidOptionError(option, "a list, a function or a source of targets", targets);
  }
  if (!(targets.refreshMs >= MIN_REFRESH_MS)) {
    throw new InvalidOptionError(
      `${option}.refreshMs`,
      `at least ${MIN_REFRESH_MS}`,
      targets.refreshMs,
    );
  }
  return targets;
}
