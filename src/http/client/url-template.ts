import { AsyncLocalStorage } from "node:async_hooks";

/** Made at their first use: programs that name no templates pay nothing. */
let templates: WeakMap<object, string> | undefined;
let scope: AsyncLocalStorage<string> | undefined;

/**
 * Names the URL template of a request, for the label `url.template`. Safe at any time before the
 * request is over, and forgiving to what the types forbid.
 * @param request what `http.request`, `https.request` or a `ClientHttp2Session`'s `request` gave. For
 *   fetch, which hands no request out, see {@link withUrlTemplate}.
 * @param template the path with its variables named (`/users/{id}`), never filled in: each distinct
 *   text is a series. A blank one takes back what was said before.
 */
export function setUrlTemplate(request: object, template: string): void {
  if (typeof request !== "object" || request === null || typeof template !== "string") return;
  const text = template.trim();
  if (text === "") templates?.delete(request);
  else (templates ??= new WeakMap()).set(request, text);
}

/**
 * Names the URL template of every request that `call` makes, at once or after an `await`, by
 * whichever client: fetch, undici, `node:http`, `node:http2`.
 * @param template as in {@link setUrlTemplate}
 * @returns what `call` returns
 */
export function withUrlTemplate<T>(template: string, call: () => T): T {
  const text = typeof template === "string" ? template.trim() : "";
  scope ??= new AsyncLocalStorage();
  return scope.run(text, call);
}

/** The template within whose call the program is. */
export function templateInScope(): string | undefined {
  return scope?.getStore() || undefined;
}

/** The template that somebody named for the request itself. */
export function templateOf(request: object): string | undefined {
  return templates?.get(request);
}
