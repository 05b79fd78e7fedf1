import { flushIfDue, type RequestFlush } from "./target.ts";

/** Whether all of a response is sent when the handler returns it, so that there is no later end to wait at. */
export function isWholeAtOnce(request: Request, { body, status }: Response): boolean {
  // Nobody reads the body of an answer to HEAD; one that is switched to another protocol is no body's.
  return body === null || request?.method === "HEAD" || status < 200;
}

/** The same response, but for its body's last bytes, which come after the flush. */
export function withFlushAtEnd(flush: RequestFlush, response: Response): Response {
  // Read already, or by somebody else: then there is nothing to be put around.
  if (response.bodyUsed || response.body === null || response.body.locked) return response;
  const length = Number(response.headers.get("content-length") ?? Number.NaN);
  return new Response(flushedAtEnd(flush, response.body, length), response);
}

/** @param length the body's declared length, with whose last byte the client has the whole; or NaN */
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
    // Reads when it is read from, as the body itself does.
    { highWaterMark: 0 },
  );
}
