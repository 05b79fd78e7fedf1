import { createHash, timingSafeEqual } from "node:crypto";

/**
 * A check of `Authorization` headers against a token. How long it takes says nothing about the token.
 */
export function bearerCheck(token: string): (header: string | undefined) => boolean {
  const isToken = secretCheck(token);
  return (header = "") => isToken(/^bearer +(.*?) *$/i.exec(header)?.[1] ?? "");
}

/** A comparison with a secret. How long it takes does not say where a text differs. */
export function secretCheck(secret: string): (text: string) => boolean {
  const expected = digest(secret);
  // Digests have one length, which timingSafeEqual needs; the secret's own would show in the time.
  return (text) => timingSafeEqual(digest(text), expected);
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text, "utf8").digest();
}
