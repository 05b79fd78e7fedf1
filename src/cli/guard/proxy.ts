import { readFile } from "node:fs/promises";
import type { IncomingMessage, RequestListener, Server } from "node:http";
import type { Duplex } from "node:stream";
import { createGuard, type Guard } from "../../monitor/guard/guard.ts";
import type { Monitor } from "../../monitor/monitor.ts";
import { plainResponse } from "../../monitor/guard/plain-response.ts";
import { NOT_FOUND } from "../../serve/answer.ts";
import { sendAnswer } from "../../serve/node.ts";
import type { GuardRoute } from "./section.ts";

/** The guards of a proxy, by the requests that they take. */
export class Routes {
  readonly #monitor: Monitor;
  readonly #routes: readonly GuardRoute[];
  readonly #pages: ReadonlyMap<string, string>;
  /** A service that files replaced gets another guard. */
  readonly #guards = new Map<GuardRoute, Guard>();

  private constructor(
    monitor: Monitor,
    routes: readonly GuardRoute[],
    pages: ReadonlyMap<string, string>,
  ) {
    this.#monitor = monitor;
    this.#routes = routes;
    this.#pages = pages;
  }

  /** @throws the file system's error for a page, and InvalidOptionError for a service that is not http */
  static async read(monitor: Monitor, routes: readonly GuardRoute[]): Promise<Routes> {
    const pages = new Map<string, string>();
    for (const { pageFile } of routes) {
      if (pageFile !== undefined) pages.set(pageFile, await readFile(pageFile, "utf8"));
    }
    const made = new Routes(monitor, routes, pages);
    for (const route of routes) made.#guardOf(route);
    return made;
  }

  /** Takes every request of a server. */
  serve(server: Server): void {
    const listen = (handler: "handler" | "continueHandler"): RequestListener => {
      return (request, response) => {
        const guard = this.#find(request);
        if (guard === undefined) sendAnswer(response, NOT_FOUND);
        else guard[handler](request, response);
      };
    };
    const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
      const guard = this.#find(request);
      if (guard === undefined) sendAnswer(plainResponse(request, socket), NOT_FOUND);
      else guard.upgradeHandler(request, socket, head);
    };
    server.on("request", listen("handler"));
    server.on("checkContinue", listen("continueHandler"));
    server.on("upgrade", upgrade);
    server.on("connect", upgrade);
  }

  close(): void {
    for (const guard of this.#guards.values()) guard.close();
  }

  #find(request: IncomingMessage): Guard | undefined {
    const { url = "", headers } = request;
    const host = headers.host?.replace(/:\d+$/, "").toLowerCase();
    const route = this.#routes.find(
      (one) =>
        (one.host === undefined || one.host.toLowerCase() === host) &&
        (one.path === undefined || isBelow(url, one.path)),
    );
    return route && this.#guardOf(route);
  }

  #guardOf(route: GuardRoute): Guard | undefined {
    const { service: name, waitMs, hostHeader, trustForwarded, pageFile } = route;
    // A service may leave the files while the proxy runs.
    if (!this.#monitor.names().includes(name)) return undefined;
    const service = this.#monitor.get(name);
    const known = this.#guards.get(route);
    if (known?.service === service) return known;
    known?.close();
    const page = pageFile === undefined ? undefined : this.#pages.get(pageFile);
    const guard = createGuard(service, {
      ...(waitMs !== undefined && { waitMs }),
      ...(hostHeader !== undefined && { host: hostHeader }),
      ...(trustForwarded !== undefined && { trustForwarded }),
      ...(page !== undefined && { page }),
    });
    this.#guards.set(route, guard);
    return guard;
  }
}

/** Whether a path is at or below another: `/wiki` is not above `/wikipedia`. */
function isBelow(url: string, path: string): boolean {
  if (!url.startsWith(path)) return false;
  const next = url[path.length];
  return path.endsWith("/") || next === undefined || next === "/" || next === "?";
}
