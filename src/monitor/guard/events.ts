import type { MonitoredService } from "../service.ts";
import { wakingMessage } from "./page-view.ts";

/** How long a stream stays open; the page then opens another. */
const MAX_MS = 600_000;
/** Proxies usually close connections that are silent for longer. */
const PING_MS = 15_000;
/** The most open streams: each is a connection. */
const MAX_STREAMS = 1_000;

/** Receives the events of one stream. */
export interface EventSinkLike {
  /** Sends a piece of a `text/event-stream`. */
  send(text: string): void;
  end(): void;
}

/** The event streams of one guard. */
export class EventStreams {
  readonly #service: MonitoredService;
  readonly #open = new Set<() => void>();

  constructor(service: MonitoredService) {
    this.#service = service;
  }

  /**
   * Sends events to `sink` until the service is up: `waiting` with a message, and finally `up`. Probes the
   * service meanwhile, in one loop for all streams.
   * @returns a function that ends the stream; undefined if too many streams are open
   */
  open(sink: EventSinkLike): (() => void) | undefined {
    if (this.#open.size >= MAX_STREAMS) return undefined;
    const gone = new AbortController();
    let last = "";
    const tell = (): void => {
      const data = JSON.stringify(wakingMessage(this.#service));
      if (data !== last) sink.send(`event: waiting\ndata: ${data}\n\n`);
      last = data;
    };
    const offs = [this.#service.on("probe", tell), this.#service.on("trigger", tell)];
    const ping = setInterval(() => sink.send(": still here\n\n"), PING_MS).unref();
    const end = (): void => {
      if (!this.#open.delete(end)) return;
      gone.abort();
      clearInterval(ping);
      for (const off of offs) off();
      sink.end();
    };
    this.#open.add(end);
    tell();
    const options = { waitMs: MAX_MS, signal: gone.signal };
    void this.#service.waitUntilUp(options).then((up) => {
      if (up && !gone.signal.aborted) sink.send("event: up\ndata: {}\n\n");
      end();
    });
    return end;
  }

  close(): void {
    for (const end of [...this.#open]) end();
  }
}

/** The headers of a stream. */
export const EVENT_STREAM_HEADERS: Readonly<Record<string, string>> = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  // Without this, nginx buffers the events.
  "x-accel-buffering": "no",
};
