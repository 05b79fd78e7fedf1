import type { Attributes } from "@opentelemetry/api";

/** The merged attributes, by the series' own attributes and then by the constant ones. */
const merged = new WeakMap<Attributes, WeakMap<Attributes, Attributes>>();

/** Returns the attributes followed by the constant ones. The same arguments give the same object. */
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
