import { type Answer, plainAnswer } from "../../serve/answer.ts";
import type { Format } from "../negotiation/format.ts";
import { negotiate } from "../negotiation/negotiate.ts";

/** A shorter answer is not compressed: it fits into one packet anyway. */
const MIN_GZIP_BYTES = 1_400;

export function isShort(length: number): boolean {
  return length < MIN_GZIP_BYTES;
}

/** The format that a scraper asks for, and the headers of an answer in it. */
export function scrapeHeaders(accept: string | undefined): {
  readonly format: Format;
  readonly headers: Readonly<Record<string, string>>;
} {
  const format = negotiate(accept);
  return {
    format,
    headers: {
      "content-type": format.contentType,
      vary: "Accept, Accept-Encoding",
      "cache-control": "no-store",
    },
  };
}

/** Returns an answer that explains the problem and asks the scraper to retry soon. */
export function troubleAnswer(status: number, message: string): Answer {
  return plainAnswer(status, `${message}\n`, { "retry-after": "1" });
}
