import { createReporter } from "../shared/report.ts";
import type { HoldReason } from "./gate.ts";

const WHY: Record<HoldReason, string> = {
  no_number: "there is no task number",
  lease_ending: "the lease of the task number is running out",
  released: "the task number was handed back",
  renumbered: "the task number is another one",
  desk: "nothing is sent from a desk",
  ended: "the reader has ended",
};

/** After these nothing is to come; their owner knows. */
const FINAL: ReadonlySet<HoldReason> = new Set(["released", "desk", "ended"]);

/** Says on the `diag` logger, once at each turn, that a reader's exports are held, and how it goes on. */
export class BlindSpell {
  readonly #reader: string;
  readonly #unnumberedHoldMs: number;
  #report = createReporter("reader");
  #said: "numbered" | "held" | "unnumbered" = "numbered";

  constructor(reader: string, unnumberedHoldMs: number) {
    this.#reader = reader;
    this.#unnumberedHoldMs = unnumberedHoldMs;
  }

  /** An export was held. */
  held(reason: HoldReason): void {
    if (this.#said === "held" || FINAL.has(reason)) return;
    this.#said = "held";
    const limit = Number.isFinite(this.#unnumberedHoldMs)
      ? `for ${this.#unnumberedHoldMs / 1_000} s at most`
      : "until there is one";
    this.#report.warnOnce("held", `Exports of ${this.#reader} are held, ${limit}: ${WHY[reason]}`);
  }

  /** Exports go on: under `number`, or without one under the process's own identity. */
  over(number: number | undefined): void {
    const now = number === undefined ? "unnumbered" : "numbered";
    if (this.#said === now) return;
    this.#said = now;
    if (now === "unnumbered") {
      this.#report.warnOnce(
        "unnumbered",
        `Exports of ${this.#reader} go on without a task number, as streams of this process's own`,
      );
      return;
    }
    this.#report.info(`Exports of ${this.#reader} go on under task number ${number}`);
    this.#report = createReporter("reader");
  }
}
