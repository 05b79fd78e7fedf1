import type { Duplex } from "node:stream";
import { ProbeError } from "../errors.ts";
import { closedEarly } from "./connect.ts";

/** Reads an answer from a stream piece by piece. Create it before data can arrive. */
export class StreamReader {
  readonly #stream: Duplex;
  readonly #maxBytes: number;
  #buffer: Buffer = Buffer.alloc(0);
  #total = 0;
  #ended = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  /** @param maxBytes the most bytes in total; more is the failure `too_large` */
  constructor(stream: Duplex, maxBytes: number) {
    this.#stream = stream;
    this.#maxBytes = maxBytes;
    stream.on("data", this.#onData).on("end", this.#onEnd).on("close", this.#onEnd);
    stream.on("error", this.#onError);
  }

  /** Stops reading, so that someone else (such as TLS) can. Drops data that was read but not used. */
  detach(): void {
    this.#stream.off("data", this.#onData).off("end", this.#onEnd).off("close", this.#onEnd);
    this.#stream.off("error", this.#onError);
    this.#stream.pause();
  }

  /** The next `size` bytes. */
  async bytes(size: number): Promise<Buffer> {
    while (this.#buffer.length < size) await this.#more();
    return this.#take(size);
  }

  /** The next line, without its line break; undefined at the end of the stream. */
  async line(): Promise<string | undefined> {
    for (let from = 0; ;) {
      const end = this.#buffer.indexOf(0x0a, from);
      if (end !== -1)
        return this.#take(end + 1)
          .toString("utf8")
          .replace(/\r?\n$/, "");
      from = this.#buffer.length;
      if (this.#ended) {
        if (this.#error !== undefined) throw this.#error;
        return from === 0 ? undefined : this.#take(from).toString("utf8");
      }
      await this.#arrival();
    }
  }

  /** Waits until there is a byte to read, without taking it. */
  async firstByte(): Promise<void> {
    while (this.#buffer.length === 0) await this.#more();
  }

  #take(size: number): Buffer {
    const taken = this.#buffer.subarray(0, size);
    this.#buffer = this.#buffer.subarray(size);
    return taken;
  }

  async #more(): Promise<void> {
    if (this.#error !== undefined) throw this.#error;
    if (this.#ended) throw closedEarly("the answer was complete");
    await this.#arrival();
  }

  #arrival(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#total += chunk.length;
    if (this.#total > this.#maxBytes) {
      this.#onError(
        new ProbeError("too_large", `The answer is longer than ${this.#maxBytes} bytes`),
      );
      this.#stream.pause();
      return;
    }
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    this.#wake?.();
  };

  readonly #onEnd = (): void => {
    this.#ended = true;
    this.#wake?.();
  };

  readonly #onError = (error: Error): void => {
    this.#error ??= error;
    this.#ended = true;
    this.#wake?.();
  };
}

/** Writes the text; resolves when the system has accepted it. */
export function written(stream: Duplex, text: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => (error ? reject(error) : resolve()));
  });
}
