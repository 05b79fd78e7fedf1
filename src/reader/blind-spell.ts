import { createReporter } from "../shared/report.ts";
import type { HoldReason } from "./gate.ts";

const WHY: Record<HoldReason, string> = {
  no_number: "there is no task number",
  lease_ending: "the lease of the task number is running out",
  released: "the task number was released",
  renumbered: "the task number has changed",
  desk: "development mode sends nothing",
  ended: "the reader has ended",
};

/** The reasons after which no export follows. The owner knows about them. */
const FINAL: ReadonlySet<HoldReason> = new Set(["released", "desk", "ended"]);

/** Logs to `diag`, once per change, that a reader's exports are held or continue. */
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
      ? `for at most ${this.#unnumberedHoldMs / 1_000} s`
      : "until there is one";
    this.#report.warnOnce("held", `Exports of ${this.#reader} are held, ${limit}: ${WHY[reason]}`);
  }

  /** Exports continue: under `number`, or without one under the process's own identity. */
  over(number: number | undefined): void {
    const now = number === undefined ? "unnumbered" : "numbered";
    if (this.#said === now) return;
    this.#said = now;
    if (now === "unnumbered") {
      this.#report.warnOnce(
        "unnumbered",
        `Exports of ${this.#reader} continue without a task number, under this process's own identity`,
      );
      return;
    }
    this.#report.info(`Exports of ${this.#reader} continue under task number ${number}`);
    this.#report = createReporter("reader");
  }
}
