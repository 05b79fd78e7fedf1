import type { Target } from "../../contract.ts";

/**
 * Replaces placeholders by properties of a target: `@target.name@`, `@target.host@`, `@target.port@`,
 * `@target.address@`, `@target.url@` and `@target.label.X@`. A missing property becomes an empty text. No shell splits
 * arguments, so a target's value never becomes a second argument.
 */
export function placed(text: string, target: Target): string {
  return text.replaceAll(
    /@target\.(label\.[^@\s]+|name|host|port|address|url)@/g,
    (_, key: string) => {
      if (!key.startsWith("label.")) return String(target[key as "name" | "port"] ?? "");
      const label = key.slice("label.".length);
      return Object.hasOwn(target.labels, label) ? target.labels[label]! : "";
    },
  );
}
