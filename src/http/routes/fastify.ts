import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import type { RequestObserver } from "../observer.ts";
import { setMatchedRoute } from "./route.ts";

/** The message that Fastify publishes for a new application. */
interface InitializationMessage {
  readonly fastify?: {
    addHook?(
      name: "onRequest",
      hook: (request: FastifyRequest, reply: unknown, done: () => void) => void,
    ): unknown;
  };
}

/** A request of Fastify 4.10 and later. */
interface FastifyRequest {
  readonly raw?: IncomingMessage;
  /** Has no URL if no route matched. */
  readonly routeOptions?: { readonly url?: unknown };
}

/**
 * The message that Fastify 5 publishes when a request reaches the handler of its route. There is none if no
 * route matches.
 */
interface HandlerMessage {
  readonly request?: { readonly raw?: IncomingMessage; readonly server?: unknown };
  readonly route?: { readonly url?: unknown };
}

const INITIALIZED = "fastify.initialization";
const HANDLER_STARTED = "tracing:fastify.request.handler:start";

/**
 * The number of running instrumentations. An application's hook outlives the instrumentation that added it.
 */
let running = 0;

/** Whether an application has or inherits our hook. */
const hooked = new WeakMap<object, boolean>();

/**
 * Sets the routes of Fastify's requests. For each application that is created from now on, it uses the first
 * `onRequest` hook, so that a request has its route even if a later hook refuses it. For older applications
 * it sets the route when the handler is reached.
 */
export class FastifyRoutes implements RequestObserver {
  readonly #onFailed: (error: unknown) => void;
  #running = false;

  /** @param onFailed takes our own errors; it must not throw */
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

  /** Stops. A hook cannot be removed, but does nothing while no instrumentation runs. */
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
    // In Fastify each plugin gets an application that inherits from its parent.
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
