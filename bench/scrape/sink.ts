import { EventEmitter } from "node:events";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { PrometheusReader } from "taskmon/prometheus";

/** Takes an answer as a socket would, at once, and keeps nothing of it. */
class Sink extends EventEmitter {
  headersSent = false;
  destroyed = false;
  writableFinished = false;
  bytes = 0;

  writeHead(): this {
    this.headersSent = true;
    return this;
  }

  write(chunk: Buffer): boolean {
    this.bytes += chunk.length;
    return true;
  }

  end(chunk?: Buffer): this {
    if (chunk !== undefined) this.bytes += chunk.length;
    this.writableFinished = true;
    this.emit("finish");
    this.emit("close");
    return this;
  }
}

/** Scrapes a reader by its request handler. @returns the bytes of the body */
export async function scrape(
  reader: PrometheusReader,
  headers: Readonly<Record<string, string>> = {},
): Promise<number> {
  const sink = new Sink();
  const closed = new Promise((resolve) => sink.once("close", resolve));
  const request = { method: "GET", headers } as unknown as IncomingMessage;
  reader.handler(request, sink as unknown as ServerResponse);
  await closed;
  // A turn of the event loop, in which the reader learns that the answer was read.
  await nextTurn();
  return sink.bytes;
}
