import type { IncomingMessage, ServerResponse } from "node:http";
import { gzip } from "node:zlib";
import { acceptsEncoding } from "../../serve/accept.ts";

/** The answer to one request, of which there is only one. */
export interface Answer {
  /** Has `respond` answer in the exporter's stead, unless the exporter has; its answer is then dropped. */
  give(respond: () => void): void;
}

/** Less than this is not worth compressing: it fits into one packet. */
const MIN_GZIP_BYTES = 1_400;

/**
 * Completes what an exporter answers by `end(text)`: a content type with the version of the format and
 * the encoding, the length, and gzip where the client takes it. The exporter may end late, or twice.
 */
export function completeOnEnd(request: IncomingMessage, response: ServerResponse): Answer {
  const end = response.end.bind(response) as (body?: unknown) => ServerResponse;
  let answered = false;
  const complete = (body?: unknown): ServerResponse => {
    if (answered) return response;
    answered = true;
    if (typeof body !== "string" || response.headersSent) return end(body);
    if (response.getHeader("content-type") === "text/plain") {
      // Prometheus 3 refuses a scrape whose type it does not know for sure.
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
    // Somebody else may have ended the response while it was being compressed.
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
