import type { Identity } from "../identity/identity.ts";
import type { Reporter } from "../shared/report.ts";
import type { TaskNumAllocator } from "../task/allocator.ts";
import { claimTarget } from "../task/claim.ts";
import { resolveTarget, type Target, targetKey, type TargetOptions } from "../task/target.ts";
import type { Lifecycle } from "./lifecycle.ts";

/** What a target is claimed with. */
export interface TargetHolderParts {
  readonly given: TargetOptions | (() => TargetOptions) | undefined;
  readonly identity: Identity;
  readonly allocator: Pick<TaskNumAllocator, "scope">;
  readonly life: Lifecycle;
  readonly report: Reporter;
}

const NO_NUMBER = "There is no target, and so no task number; the next start() asks again";

/**
 * The target of one Taskmon object, and the claim that no other object of the process has it. One that the
 * options say is known and claimed at construction; a function is asked when something begins, and again
 * when Taskmon is turned on again.
 */
export class TargetHolder {
  readonly #parts: TargetHolderParts;
  #target: Target | undefined;
  #unclaim: (() => void) | undefined;

  /** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for a wrong target that is no function */
  constructor(parts: TargetHolderParts) {
    this.#parts = parts;
    if (typeof parts.given !== "function") this.#target = resolveTarget(parts.given);
  }

  /** @throws what the function of the options throws, where it was not asked before */
  get target(): Target {
    return (this.#target ??= this.#ask());
  }

  /** The target; undefined, and that reported, where it cannot be known. Never throws. */
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
   * Claims a target that the options say.
   * @throws TargetTakenError `ERR_TASKMON_TARGET_TAKEN` where this process has a Taskmon object for it
   */
  claim(): void {
    if (typeof this.#parts.given !== "function") this.#unclaim = this.#claimed(this.target);
  }

  /**
   * Makes sure that there is a target, and that it is claimed, before anything begins under it. Never throws.
   * @returns whether there is one; where not, that is reported, and the next call tries again
   */
  settle(): boolean {
    if (this.#unclaim !== undefined) return true;
    try {
      this.#unclaim = this.#claimed(this.target);
      return true;
    } catch (error) {
      // Another answer may be better.
      if (typeof this.#parts.given === "function") this.#target = undefined;
      this.#parts.report.errorOnce("target", NO_NUMBER, error);
      return false;
    }
  }

  /** Asks a function again; where its answer is no good, that is reported, and the target stays. */
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

  /** Lets another object have the target. */
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
