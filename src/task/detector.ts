import { identityAttributes } from "../identity/attributes.ts";
import type { Identity } from "../identity/identity.ts";
import { targetAttributes } from "./attributes.ts";
import type { Target } from "./target.ts";

/** OpenTelemetry's `ResourceDetector`, structurally, of either SDK line. */
export interface TaskResourceDetector {
  /** The attributes, all known at once: none is a promise. */
  detect(): { readonly attributes: Record<string, string> };
}

/**
 * Gives the SDK's resource the target and the identity of this process.
 * @param target a function is asked when the SDK detects; undefined: not known
 */
export function resourceDetector(
  target: Target | (() => Target | undefined),
  identity: Identity,
): TaskResourceDetector {
  return {
    detect() {
      const known = typeof target === "function" ? target() : target;
      const attributes = known === undefined ? {} : targetAttributes(known);
      return { attributes: { ...attributes, ...identityAttributes(identity) } };
    },
  };
}

/** The attributes of target and identity, without what tells this process from others of the target. */
export function processAttributes(target: Target, identity: Identity): Record<string, string> {
  const { "service.instance.id": _, ...attributes } = identityAttributes(identity);
  return { ...targetAttributes(target), ...attributes };
}
