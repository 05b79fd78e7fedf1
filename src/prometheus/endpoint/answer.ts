import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { createReporter } from "../../shared/report.ts";
import { bearerCheck } from "../../serve/bearer.ts";
import { completeOnEnd } from "./complete.ts";
import type { ScrapeSettings } from "./options.ts";

/**
 * Returns the request listener. GET and HEAD of the path get the exporter's answer; other requests are
 * refused.
 */
export function scrapeListener(settings: ScrapeSettings): RequestListener {
  const { exporter, path, bearerToken, clock, timeoutMs } = settings;
  const authorized = bearerToken === undefined ? undefined : bearerCheck(bearerToken);
  const report = createReporter("scrape");
  const isHeld = (): boolean => {
    try {
      return settings.isHeld();
    } catch (error) {
      report.errorOnce("held", "The option isHeld threw; the metrics are shown", error);
      return false;
    }
  };
  return (request, response) => {
    // The client disconnected.
    response.on("error", () => {});
    // Check this first, so that a stranger learns nothing.
    if (authorized?.(request.headers.authorization) === false) {
      refuse(response, 401, "Unauthorized", { "www-authenticate": 'Bearer realm="metrics"' });
    } else if (pathOf(request) !== path) {
      refuse(response, 404, "Not found");
    } else if (request.method !== "GET" && request.method !== "HEAD") {
      refuse(response, 405, "Method not allowed", { allow: "GET, HEAD" });
    } else if (isHeld()) {
      refuse(response, 503, "The metrics are held back: this process has no task number now");
    } else {
      const answer = completeOnEnd(request, response);
      const cancel = clock.after(timeoutMs, () => {
        report.warnOnce("timeout", `The metrics could not be collected within ${timeoutMs} ms`);
        answer.give(() => refuse(response, 503, "The metrics could not be collected in time"));
      });
      response.once("close", cancel);
      try {
        exporter.getMetricsRequestHandler(request, response);
      } catch (error) {
        report.errorOnce("handler", "The exporter's request handler failed", error);
        answer.give(() => refuse(response, 500, "The metrics could not be collected"));
      }
    }
  };
}

function pathOf(request: IncomingMessage): string {
  const [path] = (request.url ?? "").split("?");
  return path!;
}

function refuse(
  response: ServerResponse,
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const type = "text/plain; charset=utf-8";
  response.writeHead(status, { ...headers, "content-type": type }).end(`${message}\n`);
}
