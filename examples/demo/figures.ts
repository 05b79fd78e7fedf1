// How the demo writes figures, all as narrow as they can be.

/** `4.2 s` */
export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

/** `3.1 ms`, `120 ms` */
export function milliseconds(ms: number): string {
  return `${ms < 100 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/** `1,234` */
export function count(value: number): string {
  return value.toLocaleString("en-US");
}
