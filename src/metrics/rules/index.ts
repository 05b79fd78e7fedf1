import { bucketsOrdered } from "./buckets-ordered.ts";
import { helpRequired } from "./help-required.ts";
import { idsNotZero } from "./ids-not-zero.ts";
import { labelsDeclared } from "./labels-declared.ts";
import { labelsDistinct } from "./labels-distinct.ts";
import { labelsLegal } from "./labels-legal.ts";
import { labelsNotReserved } from "./labels-not-reserved.ts";
import { maxSeriesBounded } from "./max-series-bounded.ts";
import { nameLegal } from "./name-legal.ts";
import { nameNotReserved } from "./name-not-reserved.ts";
import { nameUnambiguous } from "./name-unambiguous.ts";
import type { Finding, Rule, SpecDraft } from "./rule.ts";
import { serviceNamed } from "./service-named.ts";
import { unitLegal } from "./unit-legal.ts";

export type { Finding, Rule, SpecDraft } from "./rule.ts";

/** The rules for a single declaration. A registry checks it against the others. */
export const RULES: readonly Rule[] = [
  nameLegal,
  nameNotReserved,
  nameUnambiguous,
  helpRequired,
  unitLegal,
  idsNotZero,
  serviceNamed,
  labelsDeclared,
  labelsLegal,
  labelsDistinct,
  labelsNotReserved,
  bucketsOrdered,
  maxSeriesBounded,
];

/** Returns all problems of a declaration. Empty means that it is a valid spec. */
export function findingsOf(draft: SpecDraft): Finding[] {
  return RULES.flatMap((rule) =>
    rule.check(draft).map((message) => ({ rule: rule.code, message })),
  );
}
