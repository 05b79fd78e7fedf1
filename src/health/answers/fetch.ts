import type { Health } from "../health.ts";
import { type HealthHandlerOptions, healthResponder } from "./responder.ts";

/**
 * For servers whose handlers take a `Request` and return a `Response`, such as Hono. Answers undefined
 * where a request is about something else.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function healthFetch(
  health: Health,
  options?: HealthHandlerOptions<Request>,
): (request: Request) => Response | undefined {
  const { respond } = healthResponder(health, options);
  return (request) => {
    const { method, headers } = request;
    const { pathname } = new URL(request.url);
    const accept = headers.get("accept") ?? undefined;
    const answer = respond({ method, url: pathname, accept, request });
    if (answer === undefined) return undefined;
    const body = method === "HEAD" ? null : answer.body;
    return new Response(body, { status: answer.status, headers: answer.headers });
  };
}
