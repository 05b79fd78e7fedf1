import { createHash, timingSafeEqual } from "node:crypto";

/**
 * A check of `Authorization` headers against a token. How long it takes says nothing about the token.
 */
export function bearerCheck(token: string): (header: string | undefined) => boolean {
  const expected = digest(token);
  return (header = "") => {
    const given = /^bearer +(\S+) *$/i.exec(header)?.[1] ?? "";
    // Digests have one length, which timingSafeEqual needs; the token's own would show in the time.
    return timingSafeEqual(digest(given), expected);
  };
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text, "utf8").digest();
}
