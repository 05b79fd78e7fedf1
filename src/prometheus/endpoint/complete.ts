import type { IncomingMessage, ServerResponse } from "node:http";
import { gzip } from "node:zlib";
import { acceptsEncoding } from "../../serve/accept.ts";

/** The answer to one request. Only the first one is sent. */
export interface Answer {
  /**
   * Calls `respond` to answer instead of the exporter, unless the exporter has already answered. A later
   * answer of the exporter is dropped.
   */
  give(respond: () => void): void;
}

/** A shorter answer is not compressed: it fits into one packet anyway. */
const MIN_GZIP_BYTES = 1_400;

/**
 * Completes an answer that an exporter sends with `end(text)`: adds the version of the format and the charset
 * to the content type, adds the length, and compresses if the client accepts gzip. The exporter may call
 * `end` late, or twice.
 */
export function completeOnEnd(request: IncomingMessage, response: ServerResponse): Answer {
  const end = response.end.bind(response) as (body?: unknown) => ServerResponse;
  let answered = false;
  const complete = (body?: unknown): ServerResponse => {
    if (answered) return response;
    answered = true;
    if (typeof body !== "string" || response.headersSent) return end(body);
    if (response.getHeader("content-type") === "text/plain") {
      // Prometheus 3 refuses a scrape without an exact content type.
      response.setHeader("content-type", "text/plain; version=0.0.4; charset=utf-8");
    }
    response.setHeader("vary", "accept-encoding");
    const bytes = Buffer.from(body, "utf8");
    if (
      bytes.length < MIN_GZIP_BYTES ||
      !acceptsEncoding(request.headers["accept-encoding"], "gzip")
    )
      return send(bytes);
    gzip(bytes, (error, compressed) => {
      if (error === null) response.setHeader("content-encoding", "gzip");
      send(error === null ? compressed : bytes);
    });
    return response;
  };
  const send = (bytes: Buffer): ServerResponse => {
    // The response may have ended while the text was being compressed.
    if (response.headersSent || response.destroyed) return response;
    response.setHeader("content-length", bytes.length);
    return end(bytes);
  };
  response.end = complete as ServerResponse["end"];
  return {
    give(respond) {
      if (answered) return;
      answered = true;
      response.end = end as ServerResponse["end"];
      respond();
      response.end = complete as ServerResponse["end"];
    },
  };
}
