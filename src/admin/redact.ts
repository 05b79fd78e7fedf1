/** Stands where a secret was. */
export const HIDDEN = "[hidden]";

/** Names whose values are secrets. */
const SECRET_NAME =
  "pass(?:word|wd|phrase)?|pwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|credentials?|authorization|signature|session[-_]?id|cookie";

const IS_SECRET_NAME = new RegExp(SECRET_NAME, "i");

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, HIDDEN],
  // The user and password of a URL. A password may hold slashes and at signs.
  [/([a-z][a-z0-9+.-]*:\/\/)(?:[^\s/:@"'<>]*:[^\s"'<>]*@|[^\s/@"'<>]+@)/gi, `$1${HIDDEN}@`],
  [/\b(Bearer|Basic|Digest)\s+[\w.~+/=-]{8,}/g, `$1 ${HIDDEN}`],
  [/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, HIDDEN],
  [
    new RegExp(
      `((?:${SECRET_NAME})[\\w-]*["']?\\s*[=:]\\s*)(?:"[^"]*"|'[^']*'|[^\\s&"',;}\\]]+)`,
      "gi",
    ),
    `$1${HIDDEN}`,
  ],
];

/** Every pattern needs one of these texts, so a text without them is skipped. */
const SUSPICIOUS = new RegExp(
  `-----BEGIN|://|\\b(?:Bearer|Basic|Digest)\\s|eyJ|${SECRET_NAME}`,
  "i",
);

const MIN_SECRET_LENGTH = 6;

/** Hides secrets in every text that is shown. */
export interface Redactor {
  text(this: void, text: string): string;
  /** A copy of plain data: texts without secrets, values of secret names hidden, ids as hex. */
  json(this: void, value: unknown): string;
}

/**
 * @param known texts that are secrets wherever they stand
 * @param more the caller's own rule, after ours
 */
export function createRedactor(
  known: readonly string[],
  more: (text: string) => string = (text) => text,
): Redactor {
  // The longest first: one may be a part of another.
  const secrets = known
    .filter((secret) => secret.length >= MIN_SECRET_LENGTH)
    .toSorted((a, b) => b.length - a.length);
  const text = (given: string): string => {
    let shown = given;
    for (const secret of secrets) {
      if (shown.includes(secret)) shown = shown.replaceAll(secret, HIDDEN);
    }
    if (SUSPICIOUS.test(shown)) {
      for (const [pattern, replacement] of PATTERNS) shown = shown.replace(pattern, replacement);
    }
    return more(shown);
  };
  const replacer = (key: string, value: unknown): unknown => {
    if (typeof value === "string") return IS_SECRET_NAME.test(key) ? HIDDEN : text(value);
    if (typeof value === "bigint") return `0x${value.toString(16)}`;
    return value;
  };
  return { text, json: (value) => JSON.stringify(value, replacer) };
}

/** The values of those variables whose names say that they are secrets. */
export function environmentSecrets(env: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && IS_SECRET_NAME.test(name) ? [value] : [],
  );
}
