import { acceptedType } from "../../serve/accept.ts";
import type { Answer } from "../../serve/answer.ts";
import { createReporter, type Reporter } from "../../shared/report.ts";
import type { MonitoredService } from "../service.ts";
import type { GuardSettings } from "./options.ts";
import { filledTemplate, ownPolicy, waitingPage } from "./page.ts";
import { type PageView, wakingMessage } from "./page-view.ts";

/** The parts of a request that its answer depends on. */
export interface Asking {
  readonly method: string;
  readonly accept: string | undefined;
  /** The path at which the guard is mounted, without a trailing slash. */
  readonly mount: string;
}

/** The titles of the statuses that a guard answers with. */
const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  417: "Expectation Failed",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Not Ready",
  504: "Gateway Timeout",
};

/** In the order of preference for clients that have none. */
const TYPES = [
  ...(["application/problem+json", "application/json", "text/plain", "text/html"] as const),
];

/** The guard's own answers: a page for people, a problem document for programs, or plain text. */
export class Answers {
  readonly #service: MonitoredService;
  readonly #settings: GuardSettings;
  readonly #report: Reporter = createReporter("monitor");

  constructor(service: MonitoredService, settings: GuardSettings) {
    this.#service = service;
    this.#settings = settings;
  }

  /** The service is down, and may be up later. */
  unavailable(asking: Asking): Answer {
    return this.#answer(asking, 503, wakingMessage(this.#service), this.#retryAfterSeconds);
  }

  /** The service was considered up, and did not answer. */
  failed(asking: Asking, status: 502 | 504): Answer {
    const message = `${this.#service.name} did not answer. It may be back in a moment.`;
    return this.#answer(asking, status, { message }, this.#retryAfterSeconds);
  }

  /** We do not know whether the service is up. The reason is not for the client. */
  unknown(asking: Asking): Answer {
    const message = `We could not find out whether ${this.#service.name} is up.`;
    return this.#answer(asking, 500, { message }, undefined);
  }

  /** The request cannot be forwarded. */
  refused(asking: Asking, status: number, detail: string): Answer {
    return this.#answer(asking, status, { message: detail }, undefined);
  }

  get #retryAfterSeconds(): number {
    return Math.max(1, Math.ceil(this.#service.retryAfterMs() / 1_000));
  }

  #answer(
    { method, accept, mount }: Asking,
    status: number,
    { message, progress }: { readonly message: string; readonly progress?: number },
    retryAfter: number | undefined,
  ): Answer {
    const type = acceptedType(accept, TYPES) ?? "text/plain";
    const headers: Record<string, string> = {
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      vary: "Accept",
      ...(retryAfter !== undefined && { "retry-after": String(retryAfter) }),
    };
    if (type === "text/html" && retryAfter !== undefined) {
      const { eventsPath } = this.#settings;
      const view: PageView = {
        ...{ service: this.#service.name, status, message, retryAfterSeconds: retryAfter },
        ...(progress !== undefined && { progress }),
        reloads: method === "GET" || method === "HEAD",
        ...(eventsPath !== undefined && status === 503 && { eventsPath: mount + eventsPath }),
      };
      return this.#page(status, headers, view);
    }
    const title = TITLES[status] ?? "Error";
    if (type === "text/plain" || type === "text/html") {
      return answerOf(status, headers, "text/plain; charset=utf-8", `${title}: ${message}\n`);
    }
    const problem = {
      ...{ type: "about:blank", title, status, detail: message, service: this.#service.name },
      ...(retryAfter !== undefined && { retryAfterSeconds: retryAfter }),
    };
    return answerOf(status, headers, "application/problem+json", `${JSON.stringify(problem)}\n`);
  }

  #page(status: number, headers: Record<string, string>, view: PageView): Answer {
    const { page, pagePolicy } = this.#settings;
    let html: string | undefined;
    try {
      if (typeof page === "string") html = filledTemplate(page, view);
      else if (page !== undefined) html = checkedPage(page(view));
    } catch (error) {
      this.#report.errorOnce(
        "page",
        "The guard's page function failed; the default page is shown",
        error,
      );
    }
    headers["content-security-policy"] = html === undefined ? ownPolicy() : pagePolicy;
    headers["referrer-policy"] = "same-origin";
    return answerOf(status, headers, "text/html; charset=utf-8", html ?? waitingPage(view));
  }
}

function checkedPage(html: unknown): string {
  if (typeof html !== "string") throw new TypeError("it must return a text");
  return html;
}

function answerOf(
  status: number,
  headers: Readonly<Record<string, string>>,
  type: string,
  body: string,
): Answer {
  const length = String(Buffer.byteLength(body));
  return { status, headers: { ...headers, "content-type": type, "content-length": length }, body };
}
