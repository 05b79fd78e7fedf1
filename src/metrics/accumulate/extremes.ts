/** The minimum and maximum of a span of time. Both are infinite if it has no measurement. */
export interface Span {
  min: number;
  max: number;
}

/**
 * Tracks the minimum and maximum, for the whole time and for any number of spans. Each delta reader has a
 * span, which restarts when it collects. Recording writes two fields, however many spans there are.
 */
export class Extremes {
  /** The minimum and maximum since the last `#cut`. */
  protected min: number = Infinity;
  protected max: number = -Infinity;
  readonly #whole = emptySpan();
  #spans: Span[] | undefined;

  /** The minimum and maximum of everything that was recorded. */
  get whole(): Readonly<Span> {
    this.#cut();
    return this.#whole;
  }

  /** Starts a span, which includes everything recorded so far. Reading `whole` brings it up to date. */
  open(): Span {
    const span = { ...this.whole };
    (this.#spans ??= []).push(span);
    return span;
  }

  /** Ends a span. */
  close(span: Span): void {
    this.#cut();
    this.#spans = this.#spans?.filter((one) => one !== span);
  }

  #cut(): void {
    const { min, max } = this;
    if (min > max) return;
    include(this.#whole, min, max);
    if (this.#spans !== undefined) for (const span of this.#spans) include(span, min, max);
    this.min = Infinity;
    this.max = -Infinity;
  }
}

/** A span without measurements. */
export function emptySpan(): Span {
  return { min: Infinity, max: -Infinity };
}

/** Widens the span to include both values. */
export function include(span: Span, min: number, max: number): void {
  if (min < span.min) span.min = min;
  if (max > span.max) span.max = max;
}
