const known = new WeakMap<RegExp, boolean>();

/**
 * Whether a pattern certainly needs at most eight times the square of the text's length in steps: it has at most one
 * unbounded repetition, not of a group, and at most three optional parts. False for many patterns that are harmless
 * too.
 */
export function isHarmless(pattern: RegExp): boolean {
  const before = known.get(pattern);
  if (before !== undefined) return before;
  const bare = pattern.source
    // Escapes and classes stand for one character each; a reference to a group may be long.
    .replaceAll(/\\[1-9k]/g, "{")
    .replaceAll(/\\./gs, "x")
    .replaceAll(/\[[^\]]*\]/g, "x")
    .replaceAll(/\(\?(?:[:=!]|<[=!]|<\w+>)/g, "(");
  const repeats = bare.match(/[*+]\??/g)?.length ?? 0;
  const optionals = bare.replaceAll(/[*+]\?/g, "").match(/\?/g)?.length ?? 0;
  const harmless = !bare.includes("{") && !/\)[*+]/.test(bare) && repeats <= 1 && optionals <= 3;
  known.set(pattern, harmless);
  return harmless;
}
