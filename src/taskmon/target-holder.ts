import type { Identity } from "../identity/identity.ts";
import type { Reporter } from "../shared/report.ts";
import type { TaskNumAllocator } from "../task/allocator.ts";
import { claimTarget } from "../task/claim.ts";
import { resolveTarget, type Target, targetKey, type TargetOptions } from "../task/target.ts";
import type { Lifecycle } from "./lifecycle.ts";

/** What the target holder needs. */
export interface TargetHolderParts {
  readonly given: TargetOptions | (() => TargetOptions) | undefined;
  readonly identity: Identity;
  readonly allocator: Pick<TaskNumAllocator, "scope">;
  readonly life: Lifecycle;
  readonly report: Reporter;
}

const NO_NUMBER = "There is no target, and so no task number; the next start() tries again";

/**
 * The target of one Taskmon object, and its claim, so that no other object of the process uses the target.
 * A target given as a value is claimed at construction. A function is called when it is first needed, and
 * again when Taskmon is turned on again.
 */
export class TargetHolder {
  readonly #parts: TargetHolderParts;
  #target: Target | undefined;
  #unclaim: (() => void) | undefined;

  /** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for an invalid target given as a value */
  constructor(parts: TargetHolderParts) {
    this.#parts = parts;
    if (typeof parts.given !== "function") this.#target = resolveTarget(parts.given);
  }

  /** @throws the error of the target function, if it had not been called before */
  get target(): Target {
    return (this.#target ??= this.#ask());
  }

  /** The target; undefined, with a report, if it cannot be determined. Never throws. */
  get known(): Target | undefined {
    try {
      return this.target;
    } catch (error) {
      this.#parts.report.errorOnce("target", NO_NUMBER, error);
      return undefined;
    }
  }

  /** Names the Taskmon object in errors. */
  get owner(): string {
    const { identity, allocator } = this.#parts;
    const { known } = this;
    const of =
      known === undefined ? "a target that is not known" : targetKey(known, allocator.scope);
    return `the Taskmon of ${of}, instance ${identity.instanceId}`;
  }

  /**
   * Claims a target given as a value.
   * @throws TargetTakenError `ERR_TASKMON_TARGET_TAKEN` if this process already has a Taskmon object for it
   */
  claim(): void {
    if (typeof this.#parts.given !== "function") this.#unclaim = this.#claimed(this.target);
  }

  /**
   * Makes sure that there is a claimed target before anything begins. Never throws.
   * @returns whether there is one; if not, that is reported, and the next call tries again
   */
  settle(): boolean {
    if (this.#unclaim !== undefined) return true;
    try {
      this.#unclaim = this.#claimed(this.target);
      return true;
    } catch (error) {
      // The next result may be valid.
      if (typeof this.#parts.given === "function") this.#target = undefined;
      this.#parts.report.errorOnce("target", NO_NUMBER, error);
      return false;
    }
  }

  /**
   * Calls a target function again. If its result is invalid, that is reported, and the old target stays.
   */
  askAgain(): void {
    if (typeof this.#parts.given !== "function" || this.#unclaim === undefined) return;
    const { scope } = this.#parts.allocator;
    try {
      const target = this.#ask();
      if (targetKey(target, scope) !== targetKey(this.target, scope)) {
        const unclaim = this.#claimed(target);
        this.#unclaim();
        this.#unclaim = unclaim;
      }
      this.#target = target;
    } catch (error) {
      this.#parts.report.errorOnce(
        "target again",
        "There is no new target, so the old one stays",
        error,
      );
    }
  }

  /** Releases the claim. */
  unclaim(): void {
    this.#unclaim?.();
    this.#unclaim = undefined;
  }

  #ask(): Target {
    const { given } = this.#parts;
    return resolveTarget(typeof given === "function" ? given() : given);
  }

  #claimed(target: Target): () => void {
    const { allocator, identity, life } = this.#parts;
    const key = targetKey(target, allocator.scope);
    return claimTarget(key, {
      name: `the Taskmon of ${key}, instance ${identity.instanceId}`,
      isAtDesk: life.isDesk,
      isEnding: () => life.hasEnded,
      giveWay: () => void life.askForEnd(),
    });
  }
}
