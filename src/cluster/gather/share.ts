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
import { primaryMessage, type WorkerMessage } from "./messages.ts";
import { directSource, type ReadAccess, readInBatches } from "./read.ts";

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
  /** Whether the primary has answered this worker. */
  readonly connected: boolean;
  /**
   * Sends a last report, so that no count since the last scrape is lost, and ends the share. It takes at most
   * 2 seconds. The shutdown of the reader or its Taskmon object does it too. Never rejects; idempotent.
   */
  stop(): Promise<void>;
}

/** The waits between two hellos. */
const BACKOFF = { firstMs: 100, maxMs: 30_000 } as const;
/** The time limit of the last report. A reader could block it for ever. */
const LAST_REPORT_MS = 2_000;
/** After this time without an answer we warn, because a scraping primary would have answered. */
const LONELY_MS = 60_000;

/**
 * Lets the primary, which uses `clusterScrape`, include this worker's metrics in its scrapes. The worker
 * answers each request with what the reader collects. Use a cumulative pull reader without a server of its
 * own: a `prometheusReader()`, or a `PrometheusExporter` with `preventServerStart`.
 * @param reader preferably attached to a Taskmon object
 * @throws NoParentError `ERR_TASKMON_NO_PARENT`: there is no parent
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function shareScrape(reader: AttachableReader, options?: ShareScrapeOptions): ScrapeShare {
  methodsOption<AttachableReader>("shareScrape reader", reader, ["collect", "shutdown"]);
  const { port, clock } = optionsObject("shareScrape", options, ["port", "clock"]);
  if ((reader.selectAggregationTemporality?.("COUNTER") ?? CUMULATIVE) !== CUMULATIVE) {
    throw new InvalidOptionError(
      "shareScrape reader",
      "a reader with cumulative temporality",
      reader,
    );
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
  /** The number of hellos without an answer. */
  #hellos = 0;
  #lonelyMs = 0;
  #connected = false;
  /** Reports are made one after the other. */
  #reports: Promise<void> = Promise.resolve();
  /** Whether a report is requested that has not begun. */
  #isAsked = false;
  /** While a part waits for the primary's next request: continues or cancels the report. */
  #onMore: ((goesOn: boolean) => void) | undefined;
  #stopped: Promise<void> | undefined;

  constructor(reader: AttachableReader, channel: Channel, clock: Clock) {
    this.#reader = reader;
    this.#clock = clock;
    this.#channel = channel;
    this.#endListening = this.#listen();
    const shutdown = reader.shutdown.bind(reader);
    reader.shutdown = async (options): Promise<void> => {
      // Stop first, because the reader collects nothing after its shutdown.
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
    this.#onMore?.(false);
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
    // Do not wait for the primary's requests: it may be busy, and this process may end soon.
    await this.#sendReport(() => Promise.resolve(true)).catch(() => undefined);
    await this.#send({ type: "bye", session: this.#session });
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
        this.#onMore?.(false);
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
      this.#onMore?.(false);
      // The next primary may start much later, so use only the longest wait from now on.
      this.#hellos = Infinity;
      this.#hello();
    } else if (said.session === this.#session) {
      this.#connected = true;
      this.#cancelHello?.();
      this.#report.recovered("lonely", "The parent's clusterScrape() has answered");
      if (said.type === "more") this.#onMore?.(true);
      if (said.type === "collect") this.#answer();
    }
  }

  #answer(): void {
    // Cancel a waiting report: the primary has given it up, because it requests a new one.
    this.#onMore?.(false);
    if (this.#isAsked) return;
    this.#isAsked = true;
    this.#reports = this.#reports.then(() => this.#reportNow());
  }

  async #reportNow(): Promise<void> {
    this.#isAsked = false;
    try {
      await this.#sendReport(() => this.#wanted());
    } catch (error) {
      const text = messageOf(error).slice(0, 1_000);
      await this.#send({ type: "failed", session: this.#session, error: text });
    }
  }

  /**
   * Resolves with true when the primary requests the next part, and with false if the report is cancelled.
   */
  #wanted(): Promise<boolean> {
    if (this.#stopped !== undefined) return Promise.resolve(false);
    return new Promise((resolve) => {
      this.#onMore = (isWanted) => {
        this.#onMore = undefined;
        resolve(isWanted);
      };
    });
  }

  /**
   * Sends the reader's metrics part by part.
   * @param wanted called with each part except the last; resolves with whether to send the next one
   */
  async #sendReport(wanted: () => Promise<boolean>): Promise<void> {
    const session = this.#session;
    let part = 0;
    const read = await readInBatches(this.#access, async (scopes) => {
      this.#checkHeld();
      const isWanted = wanted();
      const message = { type: "report", session, part, last: false, errors: 0 } as const;
      part += 1;
      return (await this.#send({ ...message, scopes: encode(scopes) })) && isWanted;
    });
    if (read === undefined) return;
    this.#checkHeld();
    const { length: errors } = read.errors;
    await this.#send({ type: "report", session, part, last: true, scopes: [], errors });
  }

  get #access(): ReadAccess {
    const reader = this.#reader;
    return {
      collect: () => reader.collect(),
      source: directSource(reader),
      nowMs: () => this.#clock.wallTime(),
    };
  }

  /** Throws if the reader is held, because an empty report would look like zero counts. */
  #checkHeld(): void {
    if (isHeld(this.#reader)) throw new Error("the reader holds back its metrics");
  }

  /** @returns whether it was sent */
  async #send(message: WorkerMessage): Promise<boolean> {
    try {
      await this.#channel.send(sealed("scrape", message));
      this.#report.recovered("send", "The primary is answered again");
      return true;
    } catch (error) {
      this.#report.warnOnce("send", "The primary's scrape could not be answered", error);
      return false;
    }
  }
}
