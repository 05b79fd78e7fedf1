import { randomUUID } from "node:crypto";
import type { MessagePort } from "node:worker_threads";
import { isHeld } from "../../reader/attach.ts";
import { onReaderEnd } from "../../reader/end-hooks.ts";
import { CUMULATIVE } from "../../points/types.ts";
import { type AttachableReader } from "../../sdk/types.ts";
import { backoffMs } from "../../shared/backoff.ts";
import { type Clock, systemClock } from "../../shared/clock.ts";
import { InvalidOptionError, messageOf } from "../../shared/errors.ts";
import { methodsOption, optionsObject } from "../../shared/options.ts";
import { createReporter } from "../../shared/report.ts";
import { withTimeout } from "../../shared/timeout.ts";
import type { Channel } from "../channels/channel.ts";
import { opened, sealed } from "../channels/envelope.ts";
import { parentLine } from "../channels/parent.ts";
import { encode } from "./encode.ts";
import { primaryMessage, type Report, type WorkerMessage } from "./messages.ts";

/** Options of {@link shareScrape}. */
export interface ShareScrapeOptions {
  /**
   * One end of a MessageChannel that is used only for this; the primary adds the other end to its scrape.
   * @default the channel to the parent of a forked process or worker thread
   */
  readonly port?: MessagePort;
  /** For tests. @default the machine's clock */
  readonly clock?: Clock;
}

/** A worker's share in the scrapes of its primary. */
export interface ScrapeShare extends AsyncDisposable {
  /** Whether the primary has taken note of this worker. */
  readonly connected: boolean;
  /**
   * Sends a last report, so that no count since the last scrape is lost, and ends the share; takes at most
   * 2 seconds. The shutdown of the reader or its Taskmon object does it too. Never rejects; idempotent.
   */
  stop(): Promise<void>;
}

/** The waits for a welcome before the next hello. */
const BACKOFF = { firstMs: 100, maxMs: 30_000 } as const;
/** The longest that the end waits for the last report, which a reader could hold up for ever. */
const LAST_REPORT_MS = 2_000;
/** By then a primary that scrapes would have answered. */
const LONELY_MS = 60_000;

/**
 * Lets the primary, which calls `clusterScrape`, include this worker's metrics in its scrapes: answers each
 * request with the data of the reader. For a cumulative pull reader without a server: a
 * `PrometheusExporter` with `preventServerStart`. @param reader preferably attached to a Taskmon object
 * @throws NoParentError `ERR_TASKMON_NO_PARENT`: there is no parent
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function shareScrape(reader: AttachableReader, options?: ShareScrapeOptions): ScrapeShare {
  methodsOption<AttachableReader>("shareScrape reader", reader, ["collect", "shutdown"]);
  const { port, clock } = optionsObject("shareScrape", options, ["port", "clock"]);
  if ((reader.selectAggregationTemporality?.("COUNTER") ?? CUMULATIVE) !== CUMULATIVE) {
    throw new InvalidOptionError("shareScrape reader", "one of cumulative temporality", reader);
  }
  const openLine = parentLine("shareScrape", "scrape", port);
  return new Share(reader, openLine(), clock ?? systemClock());
}

class Share implements ScrapeShare {
  readonly #reader: AttachableReader;
  readonly #clock: Clock;
  readonly #session = randomUUID();
  readonly #report = createReporter("cluster");
  readonly #channel: Channel;
  readonly #endListening: () => void;
  readonly #forgetEnd: () => void;
  #cancelHello: (() => void) | undefined;
  /** Hellos without an answer. */
  #hellos = 0;
  #lonelyMs = 0;
  #connected = false;
  /** A collection under way, which answers whoever asks meanwhile. */
  #collecting: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  constructor(reader: AttachableReader, channel: Channel, clock: Clock) {
    this.#reader = reader;
    this.#clock = clock;
    this.#channel = channel;
    this.#endListening = this.#listen();
    const shutdown = reader.shutdown.bind(reader);
    reader.shutdown = async (options): Promise<void> => {
      // Afterwards the reader collects nothing any more.
      await this.stop();
      await shutdown(options);
    };
    this.#forgetEnd = onReaderEnd(reader, () => this.stop());
    this.#hello();
  }

  get connected(): boolean {
    return this.#connected;
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#end();
    return this.#stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #end(): Promise<void> {
    this.#cancelHello?.();
    if (this.#connected) {
      const bye = (): Promise<void> => this.#bye();
      await withTimeout(this.#clock, "The last report", LAST_REPORT_MS, bye).catch(
        (error: unknown) => {
          this.#report.warnOnce("bye", "The last report failed", error);
          void this.#send({ type: "bye", session: this.#session });
        },
      );
    }
    this.#connected = false;
    this.#forgetEnd();
    this.#endListening();
    this.#channel.close();
  }

  async #bye(): Promise<void> {
    const last = await this.#collect().catch(() => undefined);
    await this.#send({ type: "bye", session: this.#session, ...last });
  }

  /** Repeats the hello with growing waits until the primary answers. */
  #hello(): void {
    if (this.#stopped !== undefined || this.#connected) return;
    void this.#send({ type: "hello", session: this.#session });
    if (this.#lonelyMs >= LONELY_MS) {
      this.#report.warnOnce("lonely", "No clusterScrape() of the parent has answered yet");
    }
    const waitMs = backoffMs(++this.#hellos, BACKOFF);
    this.#cancelHello = this.#clock.after(waitMs, () => {
      this.#lonelyMs += waitMs;
      this.#hello();
    });
  }

  #listen(): () => void {
    const endings = [
      this.#channel.listen((message) => this.#hear(message)),
      this.#channel.onClose(() => {
        this.#connected = false;
        this.#cancelHello?.();
      }),
    ];
    return () => {
      for (const end of endings) end();
    };
  }

  #hear(message: unknown): void {
    const contents = opened("scrape", message);
    if (contents === undefined) return;
    const said = contents === "version" ? undefined : primaryMessage(contents);
    if (said === undefined) {
      this.#report.warnOnce("message", "The primary's message about its scrape was not understood");
    } else if (said.type === "bye") {
      this.#connected = false;
      // The next primary may be long in coming: only the longest waits from now on.
      this.#hellos = Infinity;
      this.#hello();
    } else if (said.session === this.#session) {
      this.#connected = true;
      this.#cancelHello?.();
      this.#report.recovered("lonely", "The parent's clusterScrape() has answered");
      if (said.type === "collect") void this.#answer();
    }
  }

  #answer(): Promise<void> {
    this.#collecting ??= this.#reportNow().finally(() => {
      this.#collecting = undefined;
    });
    return this.#collecting;
  }

  async #reportNow(): Promise<void> {
    const session = this.#session;
    try {
      const report = await this.#collect();
      if (this.#stopped === undefined) await this.#send({ type: "report", session, ...report });
    } catch (error) {
      await this.#send({ type: "failed", session, error: messageOf(error).slice(0, 1_000) });
    }
  }

  async #collect(): Promise<Report> {
    const { resourceMetrics, errors } = await this.#reader.collect();
    // An empty collection would look like zero counts.
    if (isHeld(this.#reader)) throw new Error("the reader holds back what it has");
    return { scopes: encode(resourceMetrics.scopeMetrics), errors: errors.length };
  }

  async #send(message: WorkerMessage): Promise<void> {
    try {
      await this.#channel.send(sealed("scrape", message));
      this.#report.recovered("send", "The primary is answered again");
    } catch (error) {
      this.#report.warnOnce("send", "The primary's scrape could not be answered", error);
    }
  }
}
