import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import type { RequestObserver } from "../observer.ts";
import { setMatchedRoute } from "./route.ts";

/** What Fastify publishes of an application that was just made. */
interface InitializationMessage {
  readonly fastify?: {
    addHook?(
      name: "onRequest",
      hook: (request: FastifyRequest, reply: unknown, done: () => void) => void,
    ): unknown;
  };
}

/** Of Fastify 4.10 and later. */
interface FastifyRequest {
  readonly raw?: IncomingMessage;
  /** Without a URL where no route matched. */
  readonly routeOptions?: { readonly url?: unknown };
}

/** What Fastify 5 publishes when a request reaches the handler of its route; not where none matches. */
interface HandlerMessage {
  readonly request?: { readonly raw?: IncomingMessage; readonly server?: unknown };
  readonly route?: { readonly url?: unknown };
}

const INITIALIZED = "fastify.initialization";
const HANDLER_STARTED = "tracing:fastify.request.handler:start";

/** How many instrumentations name routes now: an application's hook outlives the one that added it. */
let running = 0;

/** Whether an application has our hook, or inherits it. */
const hooked = new WeakMap<object, boolean>();

/**
 * Names the routes of Fastify's requests: in the first `onRequest` hook of each application that is made
 * from now on, so that a request has its route whatever refuses it; for those that were made before, when
 * their handler is reached.
 */
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
    running += 1;
    subscribe(INITIALIZED, this.#onInitialized);
    subscribe(HANDLER_STARTED, this.#onHandler);
  }

  /** A hook cannot be taken away; it does nothing while no instrumentation names routes. */
  stop(): void {
    if (!this.#running) return;
    this.#running = false;
    running -= 1;
    unsubscribe(INITIALIZED, this.#onInitialized);
    unsubscribe(HANDLER_STARTED, this.#onHandler);
  }

  readonly #onInitialized = (message: unknown): void => {
    try {
      const { fastify } = message as InitializationMessage;
      if (typeof fastify?.addHook !== "function") return;
      fastify.addHook("onRequest", (request, _reply, done) => {
        if (running > 0) this.#name(request.raw, request.routeOptions?.url);
        done();
      });
      hooked.set(fastify, true);
    } catch (error) {
      this.#onFailed(error);
    }
  };

  readonly #onHandler = (message: unknown): void => {
    // Anyone may publish anything on a channel.
    const { request, route } = (message ?? {}) as HandlerMessage;
    if (!this.#isHooked(request?.server)) this.#name(request?.raw, route?.url);
  };

  #isHooked(application: unknown): boolean {
    if (typeof application !== "object" || application === null) return false;
    const known = hooked.get(application);
    if (known !== undefined) return known;
    // Fastify gives each plugin an application that inherits from its parent.
    const isHooked = this.#isHooked(Object.getPrototypeOf(application));
    hooked.set(application, isHooked);
    return isHooked;
  }

  #name(raw: IncomingMessage | undefined, template: unknown): void {
    try {
      if (raw !== undefined && typeof template === "string") setMatchedRoute(raw, template);
    } catch (error) {
      this.#onFailed(error);
    }
  }
}
