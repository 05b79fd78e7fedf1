const known = new WeakMap<RegExp, boolean>();

/**
 * Whether a pattern surely needs no more steps than the square of a text's length, times eight: it repeats
 * one thing at most without bound, which is no group, and leaves out three at most. Many a pattern that is
 * harmless, too, is not known to be.
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
