/** The least and greatest measurement of a span of time; infinite where there was none. */
export interface Span {
  min: number;
  max: number;
}

/**
 * Least and greatest of what is recorded, for the whole time and for any number of spans: each reader of
 * differences has one, which begins when it collects. Recording touches two fields, however many spans
 * there are.
 */
export class Extremes {
  /** Of what came since the last cut. */
  protected min: number = Infinity;
  protected max: number = -Infinity;
  readonly #whole = emptySpan();
  #spans: Span[] | undefined;

  /** Of all that was recorded. */
  get whole(): Readonly<Span> {
    this.#cut();
    return this.#whole;
  }

  /** A span that begins with all that was recorded so far. Up to date after each look at `whole`. */
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

/** Widens the span to both. */
export function include(span: Span, min: number, max: number): void {
  if (min < span.min) span.min = min;
  if (max > span.max) span.max = max;
}
