import type { Attributes } from "@opentelemetry/api";

/** Merged attributes, by the series' own and then by the constants. */
const merged = new WeakMap<Attributes, WeakMap<Attributes, Attributes>>();

/** The attributes with the constant ones behind them: the same object for the same two. */
export function withConstants(
  attributes: Attributes,
  constants: Attributes | undefined,
): Attributes {
  if (constants === undefined) return attributes;
  let byConstants = merged.get(attributes);
  if (byConstants === undefined) merged.set(attributes, (byConstants = new WeakMap()));
  let both = byConstants.get(constants);
  if (both === undefined) byConstants.set(constants, (both = { ...attributes, ...constants }));
  return both;
}
