/** For all copies of this package in the process. */
const NAMES = Symbol.for("taskmon.verbatim-names");

/**
 * Says that Prometheus knows a metric by the very name under which it is exported. However its points come
 * to a reader, through the instruments of an SDK say, they are found by that.
 * @param meter the name of its Meter
 * @param name as it is exported
 */
export function keepVerbatim(meter: string, name: string): void {
  const holder = globalThis as { [NAMES]?: Set<string> };
  (holder[NAMES] ??= new Set()).add(keyOf(meter, name));
}

/** Whether Prometheus knows a metric by the very name under which it is exported. */
export function isKnownVerbatim(meter: string, name: string): boolean {
  const { [NAMES]: names } = globalThis as { [NAMES]?: Set<string> };
  return names?.has(keyOf(meter, name)) === true;
}

function keyOf(meter: string, name: string): string {
  return `${meter}\n${name}`;
}
