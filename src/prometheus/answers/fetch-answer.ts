import { acceptsEncoding } from "../../serve/accept.ts";
import { METHOD_NOT_ALLOWED, type Answer, type Asked } from "../../serve/answer.ts";
import { fetchAsked, fetchResponse } from "../../serve/fetch.ts";
import { withTimeout } from "../../shared/timeout.ts";
import type { Answering } from "./answering.ts";
import { isShort, scrapeHeaders, troubleAnswer } from "./headers.ts";

/** Answers a `Request` with an exposition. Never rejects. */
export async function answerFetch(
  { bodies, clock, timeoutMs, report }: Answering,
  request: Request,
): Promise<Response> {
  const asked = fetchAsked(request);
  const plain = (answer: Answer): Response => fetchResponse(asked, answer);
  if (asked.method !== "GET" && asked.method !== "HEAD") return plain(METHOD_NOT_ALLOWED);
  const { format, headers } = scrapeHeaders(asked.header("accept"));
  if (asked.method === "HEAD") return new Response(null, { headers });
  try {
    return await withTimeout(clock, "A scrape", timeoutMs, async () => {
      const body = await bodies.get(format);
      const release = body.hold();
      try {
        if (isShort(body.length) || !mayGzip(asked)) {
          return new Response(Buffer.concat(body.chunks), { headers });
        }
        const gzipped = new Uint8Array(await body.gzipped());
        return new Response(gzipped, { headers: { ...headers, "content-encoding": "gzip" } });
      } finally {
        // The response has a copy of the bytes.
        release(true);
      }
    });
  } catch (error) {
    report.warnOnce("scrape", "A scrape could not be answered", error);
    return plain(troubleAnswer(503, "The metrics could not be collected"));
  }
}

/**
 * Whether to compress the answer. Next.js removes the `Content-Encoding` of a route handler's response (its
 * server/send-response.js) and compresses by itself. Its requests have the field `nextUrl`.
 */
function mayGzip({ request, header }: Asked<Request>): boolean {
  if ("nextUrl" in request) return false;
  return acceptsEncoding(header("accept-encoding"), "gzip");
}
