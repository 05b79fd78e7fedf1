/** A loan lets other processes export under a task's number. */
export interface Loan {
  /** How much longer, in milliseconds, one of them may rely on the number; 0 if none does. */
  readonly remainingMs: number;
  /**
   * Ends the loan: settles when no process relies on the number any more, or when `signal` aborts. There
   * are no new loans until the task gets a number again. Never rejects.
   */
  recall(signal: AbortSignal): Promise<void>;
}

/** The loans of a task's number. */
export class Loans {
  readonly #loans = new Set<Loan>();

  /** @returns a function that ends it */
  add(loan: Loan): () => void {
    this.#loans.add(loan);
    return () => void this.#loans.delete(loan);
  }

  /** How much longer, in milliseconds, a borrower may rely on the number; 0 if there is none. */
  get remainingMs(): number {
    return Math.max(0, ...Array.from(this.#loans, (loan) => loan.remainingMs));
  }

  /** Ends all loans. Never rejects. */
  async recall(signal: AbortSignal): Promise<void> {
    await Promise.all(Array.from(this.#loans, (loan) => loan.recall(signal)));
  }
}
