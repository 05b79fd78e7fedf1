/** What is to happen, in the order of its time; of equal times, in the order of its planning. */
export class Agenda {
  readonly #entries: { readonly at: number; readonly order: number; readonly act: () => void }[] =
    [];
  #planned = 0;
  /** True time, in milliseconds; no clock in the model shows it. */
  now = 0;

  /** Plans `act` for `delayMs` from now. */
  after(delayMs: number, act: () => void): void {
    const entry = { at: this.now + Math.max(0, delayMs), order: this.#planned++, act };
    // A binary heap: the earliest first.
    const entries = this.#entries;
    let index = entries.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isEarlier(entry, entries[parent]!)) break;
      entries[index] = entries[parent]!;
      index = parent;
    }
    entries[index] = entry;
  }

  /** Lets everything happen that is planned up to `untilMs`. */
  run(untilMs: number): void {
    for (let next = this.#entries[0]; next !== undefined && next.at <= untilMs;) {
      this.#removeFirst();
      this.now = next.at;
      next.act();
      next = this.#entries[0];
    }
    this.now = untilMs;
  }

  #removeFirst(): void {
    const entries = this.#entries;
    const last = entries.pop()!;
    if (entries.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= entries.length) break;
      if (child + 1 < entries.length && isEarlier(entries[child + 1]!, entries[child]!)) child++;
      if (!isEarlier(entries[child]!, last)) break;
      entries[index] = entries[child]!;
      index = child;
    }
    entries[index] = last;
  }
}

function isEarlier(
  a: { readonly at: number; readonly order: number },
  b: { readonly at: number; readonly order: number },
): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
