/** What lets other processes export under a task's number. */
export interface Loan {
  /** How much longer, in milliseconds, one of them may rely on the number; 0 for nobody. */
  readonly remainingMs: number;
  /**
   * Ends it: settles once nobody relies on the number any more, or when `signal` aborts. Nobody is lent
   * the number until the task holds one anew. Never rejects.
   */
  recall(signal: AbortSignal): Promise<void>;
}

/** To whom a task's number is lent. */
export class Loans {
  readonly #loans = new Set<Loan>();

  /** @returns a function that ends it */
  add(loan: Loan): () => void {
    this.#loans.add(loan);
    return () => void this.#loans.delete(loan);
  }

  /** How much longer, in milliseconds, somebody may rely on the number; 0 for nobody. */
  get remainingMs(): number {
    return Math.max(0, ...Array.from(this.#loans, (loan) => loan.remainingMs));
  }

  /** Recalls it from everybody. Never rejects. */
  async recall(signal: AbortSignal): Promise<void> {
    await Promise.all(Array.from(this.#loans, (loan) => loan.recall(signal)));
  }
}
