/** A place in a line. */
export interface Place {
  before: Place | undefined;
  behind: Place | undefined;
}

/** First come, first served; whoever gives up leaves from anywhere in the line at the same small cost. */
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

  /** The first one, who leaves the line. */
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
