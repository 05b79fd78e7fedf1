import { type Answer, type Asked, splitUrl } from "./answer.ts";
import { webText } from "./body.ts";

/** A `Request` in our form. */
export function fetchAsked(request: Request): Asked<Request> {
  const { pathname, search } = new URL(request.url);
  return {
    method: request.method,
    ...splitUrl(pathname + search),
    header: (name) => request.headers.get(name) ?? undefined,
    signal: request.signal,
    text: (maxBytes) => webText(request.body, maxBytes),
    request,
  };
}

/** An answer as a `Response`. */
export function fetchResponse({ method }: Asked, { status, headers, body }: Answer): Response {
  return new Response(method === "HEAD" ? null : body, { status, headers });
}
