import { pipeline, type Readable } from "node:stream";
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
} from "node:zlib";
import { ProbeError } from "../../errors.ts";

/** The part of a body that was read. */
export interface Body {
  readonly bytes: Buffer;
  /** Whether there was more. */
  readonly truncated: boolean;
}

/** How a body is read. */
export interface BodyOptions {
  /** The value of the header `Content-Encoding`, where the body is to be decompressed. */
  readonly encoding: string | undefined;
  readonly maxBytes: number;
  readonly longer: "fail" | "cut";
  /** Called with the number of bytes read so far, up to the limit. */
  readonly onRead: (bytes: number) => void;
}

/** Reads a body to its end or its limit. */
export async function readBody(stream: Readable, options: BodyOptions): Promise<Body> {
  const { maxBytes, longer, encoding, onRead } = options;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of decompressed(stream, encoding) as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    onRead(Math.min(size, maxBytes));
    if (size > maxBytes) {
      if (longer === "cut") {
        return { bytes: Buffer.concat(chunks).subarray(0, maxBytes), truncated: true };
      }
      throw new ProbeError("too_large", `The body is longer than ${maxBytes} bytes`);
    }
  }
  return { bytes: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks), truncated: false };
}

const DECODERS: Readonly<Record<string, () => NodeJS.ReadWriteStream & Readable>> = {
  gzip: createGunzip,
  "x-gzip": createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};

function decompressed(stream: Readable, encoding: string | undefined): Readable {
  const name = encoding?.trim().toLowerCase() ?? "identity";
  if (name === "" || name === "identity") return stream;
  const decoder = Object.hasOwn(DECODERS, name) ? DECODERS[name]!() : undefined;
  if (decoder === undefined) {
    throw new ProbeError("protocol_error", `The body has the encoding ${name.slice(0, 50)}`);
  }
  // The decoder, which we read, reports the errors.
  pipeline(stream, decoder, () => undefined);
  return decoder;
}
