import type { Clock } from "../../shared/clock.ts";
import type { Member, Members } from "./members.ts";

/** One that was asked and did not answer is asked again after so many time limits. */
const ASK_AGAIN = 10;

/** Asks all workers for their reports, one round for each scrape. */
export class Round {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #members: () => Members;
  readonly #onLate: (member: Member) => void;
  /** Those that have reported since the round began. */
  #answered = new Set<number>();
  /** Told when one more has answered or left. */
  #onProgress: (() => void) | undefined;
  #isOver = false;

  /** @param onLate told of those that were waited for in vain */
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

  /** Those that have reported since the last round began. The next round has a set of its own. */
  get answered(): ReadonlySet<number> {
    return this.#answered;
  }

  /** Asks all workers, and waits for those that answered last time, with a limit. */
  async askAll(): Promise<void> {
    this.#answered = new Set();
    const members = this.#members().all();
    const awaited = members.filter(({ answers }) => answers);
    const now = this.#clock.now();
    for (const member of members) {
      // A process that is stopped finds few requests when it goes on.
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

  /** A worker's report has been taken in. */
  reported(member: Member): void {
    member.askedAtMs = undefined;
    if (!this.#members().has(member)) return;
    member.answers = true;
    this.#answered.add(member.index);
    this.#onProgress?.();
  }

  /** A worker cannot report now: it says so at once, and need not be waited for until it can. */
  failed(member: Member): void {
    member.askedAtMs = undefined;
    member.answers = false;
    this.#onProgress?.();
  }

  left(member: Member): void {
    this.#answered.delete(member.index);
    this.#onProgress?.();
  }

  /** Waits for nobody any more. */
  stop(): void {
    this.#isOver = true;
    this.#onProgress?.();
  }
}
