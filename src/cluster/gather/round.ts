import type { Clock } from "../../shared/clock.ts";
import type { Member, Members } from "./members.ts";

/** A worker that did not answer is asked again after this many time limits. */
const ASK_AGAIN = 10;

/** Asks all workers for their reports, one round for each scrape. */
export class Round {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #members: () => Members;
  readonly #onLate: (member: Member) => void;
  /** The workers that have reported since the round began. */
  #answered = new Set<number>();
  /** Called when a worker has answered or left. */
  #onProgress: (() => void) | undefined;
  #isOver = false;

  /** @param onLate called for each worker that did not answer in time */
  constructor(
    { clock, timeoutMs }: { readonly clock: Clock; readonly timeoutMs: number },
    members: () => Members,
    onLate: (member: Member) => void,
  ) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#members = members;
    this.#onLate = onLate;
  }

  /** The workers that have reported since the last round began. Each round has a new set. */
  get answered(): ReadonlySet<number> {
    return this.#answered;
  }

  /** Asks all workers, and waits for those that answered last time, up to the time limit. */
  async askAll(): Promise<void> {
    this.#answered = new Set();
    const members = this.#members().all();
    const awaited = members.filter(({ answers }) => answers);
    const now = this.#clock.now();
    for (const member of members) {
      // Ask a silent worker rarely, so that a paused process does not find many requests when it resumes.
      const { askedAtMs } = member;
      if (askedAtMs !== undefined && now - askedAtMs < ASK_AGAIN * this.#timeoutMs) continue;
      member.askedAtMs = now;
      this.#members().ask(member);
    }
    const missing = (): Member[] =>
      awaited.filter(
        (member) =>
          member.answers && this.#members().has(member) && !this.#answered.has(member.index),
      );
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.after(this.#timeoutMs, resolve);
      this.#onProgress = (): void => {
        if (!this.#isOver && missing().length > 0) return;
        cancel();
        resolve();
      };
      this.#onProgress();
    });
    this.#onProgress = undefined;
    for (const member of missing()) {
      member.answers = false;
      this.#onLate(member);
    }
  }

  /** Notes a worker's complete report. */
  reported(member: Member): void {
    member.askedAtMs = undefined;
    if (!this.#members().has(member)) return;
    member.answers = true;
    this.#answered.add(member.index);
    this.#onProgress?.();
  }

  /** Notes that a worker cannot report now. The next rounds do not wait for it until it can. */
  failed(member: Member): void {
    member.askedAtMs = undefined;
    member.answers = false;
    this.#onProgress?.();
  }

  left(member: Member): void {
    this.#answered.delete(member.index);
    this.#onProgress?.();
  }

  /** Stops waiting. */
  stop(): void {
    this.#isOver = true;
    this.#onProgress?.();
  }
}
