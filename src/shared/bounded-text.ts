/**
 * Reads a body as UTF-8 text, up to a limit. Rejects with the error of `tooLarge` if the body is longer.
 */
export async function boundedText(
  body: AsyncIterable<Uint8Array> | null,
  maxBytes: number,
  tooLarge: (maxBytes: number) => Error = answerTooLarge,
): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body ?? []) {
    bytes += part.byteLength;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    parts.push(part);
  }
  return new TextDecoder().decode(Buffer.concat(parts));
}

function answerTooLarge(maxBytes: number): Error {
  return new RangeError(`The answer is longer than ${maxBytes} bytes`);
}
