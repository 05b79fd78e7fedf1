/** A place in a line. */
export interface Place {
  before: Place | undefined;
  behind: Place | undefined;
}

/** A first-in, first-out queue from which any entry can be removed at constant cost. */
export class WaitingLine<P extends Place> {
  #first: P | undefined;
  #last: P | undefined;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  join(place: P): void {
    place.before = this.#last;
    if (this.#last === undefined) this.#first = place;
    else this.#last.behind = place;
    this.#last = place;
    this.#length += 1;
  }

  /** Removes and returns the first entry. */
  next(): P | undefined {
    const first = this.#first;
    if (first !== undefined) this.leave(first);
    return first;
  }

  /** @param place one that is in the line */
  leave(place: P): void {
    const { before, behind } = place;
    if (before === undefined) this.#first = behind as P | undefined;
    else before.behind = behind;
    if (behind === undefined) this.#last = before as P | undefined;
    else behind.before = before;
    place.before = place.behind = undefined;
    this.#length -= 1;
  }
}
