import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import type { RequestObserver } from "../observer.ts";
import { setHttpRoute } from "./route.ts";

/** What Fastify 5 publishes when a request reaches the handler of its route; not where none matches. */
interface HandlerMessage {
  readonly request?: { readonly raw?: IncomingMessage };
  readonly route?: { readonly url?: unknown };
}

const HANDLER_STARTED = "tracing:fastify.request.handler:start";

/** Names the routes of Fastify's requests. */
export class FastifyRoutes implements RequestObserver {
  readonly #onFailed: (error: unknown) => void;
  #running = false;

  /** @param onFailed told of what was thrown here, which goes no further; must not throw */
  constructor(onFailed: (error: unknown) => void) {
    this.#onFailed = onFailed;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    subscribe(HANDLER_STARTED, this.#onHandler);
  }

  stop(): void {
    this.#running = false;
    unsubscribe(HANDLER_STARTED, this.#onHandler);
  }

  readonly #onHandler = (message: unknown): void => {
    try {
      const { request, route } = message as HandlerMessage;
      const raw = request?.raw;
      const template = route?.url;
      if (raw !== undefined && typeof template === "string") setHttpRoute(raw, template);
    } catch (error) {
      this.#onFailed(error);
    }
  };
}
