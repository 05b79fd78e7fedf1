import { setImmediate as nextTurn } from "node:timers/promises";
import type { ScopeMetricsLike } from "../../points/types.ts";
import { Slices } from "../../prometheus/slices.ts";
import { createReporter } from "../../shared/report.ts";
import { Decoder } from "./decode.ts";
import type { ReportPart } from "./messages.ts";
import type { IncomingReport, Totals } from "./totals.ts";

/** Told what became of a part. */
export interface PartListener {
  /** It was taken in, and its report goes on. */
  more(): void;
  /** It was the last one, and its report has been taken in, but for so many metrics and points. */
  done(rejected: number): void;
}

/** A report of which not all parts have come. */
interface Pending {
  readonly report: IncomingReport;
  readonly decoder: Decoder;
  /** The part that comes next. */
  next: number;
}

/**
 * Takes in what members report, one piece of work after the other, each of a few milliseconds: the event loop
 * runs between two of them.
 */
export class Intake {
  readonly #totals: Totals;
  readonly #log = createReporter("cluster");
  readonly #pending = new Map<number, Pending>();
  #work: Promise<void> = Promise.resolve();

  constructor(totals: Totals) {
    this.#totals = totals;
  }

  /** Settles when all is done that has come so far. */
  get settled(): Promise<void> {
    return this.#work;
  }

  /** Takes a part of a worker's report in. What does not follow on the part before is passed over. */
  part(member: number, said: ReportPart, listener: PartListener): void {
    void this.#queue(async () => {
      if (said.part === 0) {
        const report = this.#totals.begin(member);
        this.#pending.set(member, { report, decoder: new Decoder(), next: 0 });
      }
      const pending = this.#pending.get(member);
      if (pending?.next !== said.part) return;
      pending.next += 1;
      const { report, decoder } = pending;
      report.add(decoder.part(said.scopes));
      if (!said.last) {
        listener.more();
        return;
      }
      this.#pending.delete(member);
      const { rejected } = decoder;
      await this.#end(report, said.errors === 0 && rejected === 0);
      listener.done(rejected);
    });
  }

  /** Takes a whole report in that needs no decoding. */
  report(member: number, scopes: readonly ScopeMetricsLike[], whole: boolean): Promise<void> {
    return this.#queue(() => {
      const report = this.#totals.begin(member);
      report.add(scopes);
      return this.#end(report, whole);
    });
  }

  /** The member is gone. */
  depart(member: number): void {
    void this.#queue(async () => {
      this.#pending.delete(member);
      this.#totals.depart(member);
    });
  }

  async #end(report: IncomingReport, whole: boolean): Promise<void> {
    const slices = new Slices();
    const steps = report.end(whole);
    while (steps.next().done !== true) {
      if (slices.isOver) await slices.rest();
    }
  }

  /** Settles when the work is done; never rejects. */
  #queue(work: () => Promise<void>): Promise<void> {
    this.#work = this.#work
      .then(work)
      .catch((error: unknown) => {
        this.#log.errorOnce("intake", "A report could not be taken in", error);
      })
      .then(() => nextTurn());
    return this.#work;
  }
}
