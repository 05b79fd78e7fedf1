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
 * Adds the target and the identity of this process to the SDK's resource.
 * @param target a function is called when the SDK detects resources; undefined if not known
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

/**
 * The attributes of target and identity, without those that identify this process among others of the
 * target.
 */
export function processAttributes(target: Target, identity: Identity): Record<string, string> {
  const { "service.instance.id": _, ...attributes } = identityAttributes(identity);
  return { ...targetAttributes(target), ...attributes };
}
