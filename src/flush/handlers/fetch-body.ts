import { flushIfDue, type RequestFlush } from "./target.ts";

/**
 * Whether the response is complete when the handler returns it, so that there is no later end to wait at.
 */
export function isWholeAtOnce(request: Request, { body, status }: Response): boolean {
  // Nobody reads the body of a HEAD response, and a protocol switch has no body.
  return body === null || request?.method === "HEAD" || status < 200;
}

/** The same response, except that the last bytes of its body come after the flush. */
export function withFlushAtEnd(flush: RequestFlush, response: Response): Response {
  // The body was already read or is locked, so we cannot wrap it.
  if (response.bodyUsed || response.body === null || response.body.locked) return response;
  const length = Number(response.headers.get("content-length") ?? Number.NaN);
  return new Response(flushedAtEnd(flush, response.body, length), response);
}

/** @param length the declared length of the body (the client is done after the last byte), or NaN */
function flushedAtEnd(
  flush: RequestFlush,
  body: ReadableStream<Uint8Array>,
  length: number,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let sent = 0;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        if (done) {
          await flushIfDue(flush);
          controller.close();
          return;
        }
        const before = sent;
        sent += value.byteLength;
        if (before < length && sent >= length) await flushIfDue(flush);
        controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    // Pulls only on demand, as the body itself does.
    { highWaterMark: 0 },
  );
}
