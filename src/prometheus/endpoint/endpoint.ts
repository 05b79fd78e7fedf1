import { Listeners } from "../../shared/listeners.ts";
import { servePlace } from "../../shared/places.ts";
import { createReporter, type Reporter } from "../../shared/report.ts";
import { scrapeListener } from "./answer.ts";
import { ScrapeEndpointError } from "./errors.ts";
import { SCRAPE_EVENTS, type ScrapeEvent, type ScrapeEvents } from "./events.ts";
import { scrapeNews } from "./news.ts";
import { scrapeSettings, type ScrapeEndpointOptions, type ScrapeSettings } from "./options.ts";
import { listen, type Listening } from "../../serve/server.ts";

/** The state of a scrape endpoint. */
export type ScrapeState =
  /** It serves at `url`. If the option `port` is 0, the URL has the port that was picked. */
  | { readonly listening: true; readonly url: string; readonly port: number }
  /** It does not serve: it failed with `error` and will try again, or it was stopped. */
  | { readonly listening: false; readonly error?: ScrapeEndpointError };

/** An HTTP server that Prometheus scrapes. It does not keep the process alive, and never makes it exit. */
export interface ScrapeEndpoint extends AsyncDisposable {
  /** The current state. */
  readonly state: ScrapeState;
  /**
   * Calls `listener` at each later event. The result of the first start is in `state`. If a listener throws,
   * the error is only reported.
   * @returns a function that removes the listener
   */
  on<E extends keyof ScrapeEvents>(
    event: E,
    listener: (detail: ScrapeEvents[E]) => void,
  ): () => void;
  /** Listens, unless it listens already. Never rejects: if it cannot listen, the state says why. */
  start(): Promise<ScrapeState>;
  /**
   * Stops: closes idle connections, waits for running scrapes, and cuts off those that take too long. Never
   * rejects.
   */
  stop(): Promise<void>;
  /** Stops and starts, for example to use a renewed certificate. Never rejects. */
  restart(): Promise<ScrapeState>;
}

/**
 * Serves metrics to Prometheus on a port of its own. The promise resolves when the endpoint listens or has
 * failed to listen; it never rejects. If the port is in use, the endpoint's state and an event say so, and
 * the endpoint tries again until you stop it.
 *
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for a wrong option
 */
export function startScrapeEndpoint(options: ScrapeEndpointOptions): Promise<ScrapeEndpoint> {
  const endpoint = new Endpoint(scrapeSettings(options));
  return endpoint.start().then(() => endpoint);
}

class Endpoint implements ScrapeEndpoint {
  readonly #settings: ScrapeSettings;
  readonly #report: Reporter = createReporter("scrape");
  readonly #listeners = new Listeners<ScrapeEvents>("endpoint", this.#report);
  readonly #tell: (event: ScrapeEvent) => void;
  /** Starts and stops happen one after the other. */
  #queue: Promise<unknown> = Promise.resolve();
  #server: Listening | undefined;
  #state: ScrapeState = { listening: false };
  #cancelRetry: (() => void) | undefined;
  /** Unregisters the URL that is served. */
  #leave: () => void = () => {};
  /** The message of the last failure, while it lasts. It is reported once, not at every attempt. */
  #failure: string | undefined;

  constructor(settings: ScrapeSettings) {
    this.#settings = settings;
    this.#tell = scrapeNews(settings, this.#listeners);
  }

  get state(): ScrapeState {
    return this.#state;
  }

  on<E extends keyof ScrapeEvents>(
    event: E,
    listener: (detail: ScrapeEvents[E]) => void,
  ): () => void {
    return this.#listeners.on(event, listener);
  }

  start(): Promise<ScrapeState> {
    return this.#next(() => this.#listen());
  }

  stop(): Promise<void> {
    return this.#next(() => this.#close());
  }

  restart(): Promise<ScrapeState> {
    return this.#next(async () => {
      await this.#close();
      return this.#listen();
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #next<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(step);
    this.#queue = result.catch(() => {});
    return result;
  }

  async #listen(): Promise<ScrapeState> {
    if (this.#server !== undefined) return this.#state;
    this.#forgetRetry();
    const { host, port, path, tls } = this.#settings;
    const base = `${tls === undefined ? "http" : "https"}://${host.includes(":") ? `[${host}]` : host}`;
    const address = `${base}:${port}${path}`;
    if (this.#failure === undefined) {
      this.#tell({ type: "starting", id: SCRAPE_EVENTS.starting.id, address });
    }
    try {
      const server = await listen({ host, port }, tls?.(), scrapeListener(this.#settings));
      server.onFailure((error) => this.#failed(server, address, error));
      this.#server = server;
      const url = `${base}:${server.port}${path}`;
      this.#state = { listening: true, url, port: server.port };
      this.#failure = undefined;
      this.#leave = servePlace("metrics", url);
      this.#report.recovered("listen", `The scrape endpoint serves ${url} now`);
      this.#tell({ type: "started", id: SCRAPE_EVENTS.started.id, url });
    } catch (error) {
      this.#fail("failed", address, error);
    }
    return this.#state;
  }

  async #close(): Promise<void> {
    this.#leave();
    const retrying = this.#forgetRetry();
    const server = this.#server;
    this.#server = undefined;
    this.#failure = undefined;
    this.#state = { listening: false };
    const connections = await server?.close(this.#settings.clock, this.#settings.stopTimeoutMs);
    if (connections) this.#tell({ type: "cut", id: SCRAPE_EVENTS.cut.id, connections });
    if (server === undefined && !retrying) return;
    this.#tell({ type: "stopped", id: SCRAPE_EVENTS.stopped.id });
  }

  /** The server failed without `stop`. */
  #failed(server: Listening, address: string, error: unknown): void {
    if (this.#server !== server) return;
    this.#server = undefined;
    void server.close(this.#settings.clock, this.#settings.stopTimeoutMs);
    this.#fail("ended", address, error);
  }

  #fail(type: "failed" | "ended", address: string, cause: unknown): void {
    const { clock, retryMs } = this.#settings;
    const error = new ScrapeEndpointError(address, cause);
    this.#leave();
    this.#state = { listening: false, error };
    this.#cancelRetry = clock.after(retryMs, () => void this.start());
    if (this.#failure === error.message) return;
    this.#failure = error.message;
    this.#report.errorOnce("listen", `${error.message}; trying again every ${retryMs} ms`);
    const told = { error, retryInMs: retryMs };
    if (type === "failed") this.#tell({ type, id: SCRAPE_EVENTS.failed.id, ...told });
    else this.#tell({ type, id: SCRAPE_EVENTS.ended.id, ...told });
  }

  #forgetRetry(): boolean {
    const retrying = this.#cancelRetry !== undefined;
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
    return retrying;
  }
}
