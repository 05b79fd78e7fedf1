const BARS = "▁▂▃▄▅▆▇█";

/** A line of bars, each as high as its value beside the highest; a run without a value is an `x`. */
export function sparkline(values: readonly (number | undefined)[]): string {
  const most = values.reduce<number>((high, value) => Math.max(high, value ?? 0), 0);
  return values
    .map((value) => {
      if (value === undefined) return "x";
      return BARS[Math.min(BARS.length - 1, Math.floor((value / (most || 1)) * BARS.length))];
    })
    .join("");
}
