import { createReporter } from "../../shared/report.ts";
import { forwardByDispatcher } from "./dispatcher.ts";
import { Exchange } from "./exchange.ts";
import { Link } from "./link.ts";
import { type InboundRequest, type OutboundResponse, Refusal } from "./messages.ts";
import { failureOf, type ForwardListener } from "./outcome.ts";
import { type RequestHead, requestHead } from "./request-head.ts";
import { type ForwardOptions, type ForwardSettings, forwardSettings } from "./settings.ts";
import { forwardUpgrade, type UpgradeRequest } from "./upgrade.ts";

/** Forwards requests to one service, and its answers back to the clients. */
export class Forwarder {
  readonly link: Link;
  readonly #settings: ForwardSettings;
  readonly #service: string;
  readonly #report = createReporter("monitor");
  /** For each open tunnel, the function that ends it. */
  readonly #tunnels = new Set<() => void>();

  /** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` */
  constructor(service: string, url: URL, options?: ForwardOptions) {
    this.#service = service;
    this.#settings = forwardSettings(service, url, options);
    this.link = new Link(service, this.#settings);
  }

  /** How many upgraded and CONNECT connections are open. */
  get openTunnels(): number {
    return this.#tunnels.size;
  }

  /**
   * The head to send to the service, or the reason why the request cannot be forwarded.
   * @param expects whether the client still waits for 100
   */
  prepare(request: InboundRequest, expects = false): RequestHead | Refusal {
    const head = requestHead(request, this.#settings, expects);
    if (head instanceof Refusal || !head.hasBody || !request.readableDidRead) return head;
    const message =
      "Something read the body of a request before the guard: mount the guard before body parsers";
    this.#report.errorOnce("body", message);
    return BODY_GONE;
  }

  /** Forwards a request with the head that {@link prepare} returned. */
  forward(
    head: RequestHead,
    request: InboundRequest,
    response: OutboundResponse,
    listener: ForwardListener,
  ): void {
    const { dispatcher, forward } = this.#settings;
    if (forward !== undefined) return this.#byCaller(forward, request, response, listener);
    // Undici does not send `Expect`.
    if (dispatcher !== undefined && !head.expectsContinue) {
      const settings = { ...this.#settings, dispatcher };
      return forwardByDispatcher(this.#service, settings, head, request, response, listener);
    }
    new Exchange(this.link, head, request, response, listener).begin();
  }

  /** Forwards a request that may switch the protocol of its connection: an upgrade, or CONNECT. */
  upgrade(upgrade: UpgradeRequest, listener: ForwardListener): Refusal | undefined {
    const protocol = upgrade.request.headers.upgrade;
    const head = requestHead(upgrade.request, this.#settings, false, protocol);
    if (head instanceof Refusal) return head;
    if (head.hasBody) return UPGRADE_WITH_BODY;
    forwardUpgrade(this.link, head, upgrade, listener, (end) => {
      this.#tunnels.add(end);
      return () => this.#tunnels.delete(end);
    });
    return undefined;
  }

  /** Ends all tunnels, and idle connections to the service. */
  close(): void {
    for (const end of this.#tunnels) end();
    this.link.close();
  }

  #byCaller(
    forward: NonNullable<ForwardOptions["forward"]>,
    request: InboundRequest,
    response: OutboundResponse,
    listener: ForwardListener,
  ): void {
    const fail = (error: unknown): void => {
      if (response.headersSent || response.destroyed) return void response.destroy();
      const cause = error instanceof Error ? error : new Error(String(error));
      listener.failed(failureOf(cause, false));
    };
    response.once("finish", () => listener.answered(response.statusCode));
    try {
      const done = forward(request as never, response as never, this.#settings.target.url);
      if (done instanceof Promise) done.catch(fail);
    } catch (error) {
      fail(error);
    }
  }
}

const BODY_GONE = new Refusal(
  500,
  "The body of the request was read before it could be forwarded.",
);
const UPGRADE_WITH_BODY = new Refusal(
  400,
  "A request to switch the protocol must not have a body.",
);
