import { labelsDistinct } from "./labels-distinct.ts";
import { labelsLegal } from "./labels-legal.ts";
import { labelsNotReserved } from "./labels-not-reserved.ts";
import type { SpecDraft } from "./rule.ts";

/** Returns the problems of label names, for labels of any origin. */
export function labelProblems(labels: readonly string[]): string[] {
  if (labels.length === 0) return [];
  const draft = { kind: "counter", labels } as unknown as SpecDraft;
  return [labelsLegal, labelsDistinct, labelsNotReserved].flatMap((rule) => rule.check(draft));
}
