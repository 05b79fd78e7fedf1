import type { Target } from "../../contract.ts";

/**
 * Puts what a target is into a text: `@target.name@`, `@target.host@`, `@target.port@`,
 * `@target.address@`, `@target.url@` and `@target.label.X@`. What the target lacks is an empty text.
 * A program gets each argument as it is: nothing of a target can become a second one.
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
