import type { Status } from "../check/result.ts";
import { InvalidOptionError } from "../shared/errors.ts";
import { textOption } from "../shared/options.ts";

/** The status that an operator gave to a check or a group, and why. */
export interface Forced {
  readonly status: Exclude<Status, "unknown">;
  readonly reason: string;
}

/** The statuses that operators set for checks and groups. They replace the results. */
export class ForcedStatus {
  readonly #checks = new Map<string, Forced>();
  readonly #groups = new Map<string, Forced>();

  /** @returns a function that removes the status, unless another one has replaced it */
  force(of: "check" | "group", name: string, status: unknown, reason: unknown): () => void {
    if (status !== "pass" && status !== "warn" && status !== "fail") {
      throw new InvalidOptionError(`health.${name}.status`, "pass, warn or fail", status);
    }
    const forced: Forced = { status, reason: textOption(`health.${name}.reason`, reason) };
    const all = of === "check" ? this.#checks : this.#groups;
    all.set(name, forced);
    return () => {
      if (all.get(name) === forced) all.delete(name);
    };
  }

  forcedCheck(name: string): Forced | undefined {
    return this.#checks.get(name);
  }

  forcedGroup(name: string): Forced | undefined {
    return this.#groups.get(name);
  }
}
