import type { IncomingMessage } from "node:http";
import { boundedText } from "../shared/bounded-text.ts";
import { TaskmonError } from "../shared/errors.ts";

/** A request's body is longer than it may be. */
export class BodyTooLargeError extends TaskmonError {
  readonly code = "ERR_TASKMON_BODY_TOO_LARGE";

  constructor(maxBytes: number) {
    super(`The body is longer than ${maxBytes} bytes`);
  }
}

/** The body of a `node:http` request, or the result of a body parser that ran before us. */
export async function streamText(request: IncomingMessage, maxBytes: number): Promise<string> {
  const { body } = request as { readonly body?: unknown };
  if (body !== undefined && request.readableEnded) return parsedText(body, maxBytes);
  return collect(request as AsyncIterable<Uint8Array>, maxBytes);
}

/** The body of a `Request`. */
export async function webText(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<string> {
  return collect(body, maxBytes);
}

/** A body that a framework has parsed, as text again. */
export function parsedText(body: unknown, maxBytes: number): string {
  if (body === undefined || body === null) return "";
  const text = typeof body === "string" ? body : JSON.stringify(body);
  if (Buffer.byteLength(text) > maxBytes) throw new BodyTooLargeError(maxBytes);
  return text;
}

function collect(chunks: AsyncIterable<Uint8Array> | null, maxBytes: number): Promise<string> {
  return boundedText(chunks, maxBytes, (limit) => new BodyTooLargeError(limit));
}
