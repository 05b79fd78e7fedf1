import { setImmediate as nextTurn } from "node:timers/promises";
import type { ScopeMetricsLike } from "../../points/types.ts";
import { Slices } from "../../prometheus/slices.ts";
import { createReporter } from "../../shared/report.ts";
import { Decoder } from "./decode.ts";
import type { ReportPart } from "./messages.ts";
import type { IncomingReport, Totals } from "./totals.ts";

/** Called after a part was processed. */
export interface PartListener {
  /** The part was processed, and the report has more parts. */
  more(): void;
  /** The report is complete. `rejected` is the number of metrics and points that were left out. */
  done(rejected: number): void;
}

/** An incomplete report. */
interface Pending {
  readonly report: IncomingReport;
  readonly decoder: Decoder;
  /** The index of the next part. */
  next: number;
}

/** Processes the reports of members in pieces of a few milliseconds, between which the event loop runs. */
export class Intake {
  readonly #totals: Totals;
  readonly #log = createReporter("cluster");
  readonly #pending = new Map<number, Pending>();
  #work: Promise<void> = Promise.resolve();

  constructor(totals: Totals) {
    this.#totals = totals;
  }

  /** Resolves when everything received so far is processed. */
  get settled(): Promise<void> {
    return this.#work;
  }

  /** Processes a part of a worker's report. Ignores a part that does not follow the previous one. */
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

  /** Processes a complete report that needs no decoding. */
  report(member: number, scopes: readonly ScopeMetricsLike[], whole: boolean): Promise<void> {
    return this.#queue(() => {
      const report = this.#totals.begin(member);
      report.add(scopes);
      return this.#end(report, whole);
    });
  }

  /** Removes a member that has ended. */
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

  /** Queues work. Resolves when it is done; never rejects. */
  #queue(work: () => Promise<void>): Promise<void> {
    this.#work = this.#work
      .then(work)
      .catch((error: unknown) => {
        this.#log.errorOnce("intake", "A worker's report could not be processed", error);
      })
      .then(() => nextTurn());
    return this.#work;
  }
}
