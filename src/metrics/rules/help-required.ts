import { describe } from "../../shared/errors.ts";
import type { Rule } from "./rule.ts";

const MAX_LENGTH = 1_024;

/** The help text is one line. */
export const helpRequired: Rule = {
  code: "help-required",
  check({ help }) {
    if (typeof help !== "string" || help.trim() === "") {
      return [`help must be a sentence for the metric's readers, got ${describe(help)}`];
    }
    if (help.trim().length > MAX_LENGTH) {
      return [`help must be at most ${MAX_LENGTH} characters long, got ${help.trim().length}`];
    }
    // oxlint-disable-next-line no-control-regex -- the pattern must find control characters
    return /[\u0000-\u001f\u007f]/.test(help.trim())
      ? ["help must be one line without control characters"]
      : [];
  },
};
