import { AsyncLocalStorage } from "node:async_hooks";

/** Created at their first use, so that programs without templates pay nothing. */
let templates: WeakMap<object, string> | undefined;
let scope: AsyncLocalStorage<string> | undefined;

/**
 * Sets the URL template of a request, for the label `url.template`. You can call it at any time before the
 * request ends. It ignores wrong arguments.
 * @param request the result of `http.request`, `https.request` or `request` of a `ClientHttp2Session`. For
 *   fetch, which returns no request, see {@link withUrlTemplate}.
 * @param template the path with placeholders (`/users/{id}`), never with their values: each distinct text is
 *   a series. A blank text removes the template.
 */
export function setUrlTemplate(request: object, template: string): void {
  if (typeof request !== "object" || request === null || typeof template !== "string") return;
  const text = template.trim();
  if (text === "") templates?.delete(request);
  else (templates ??= new WeakMap()).set(request, text);
}

/**
 * Sets the URL template of every request that `call` makes, also after an `await`, with any client: fetch,
 * undici, `node:http`, `node:http2`.
 * @param template as in {@link setUrlTemplate}
 * @returns what `call` returns
 */
export function withUrlTemplate<T>(template: string, call: () => T): T {
  const text = typeof template === "string" ? template.trim() : "";
  scope ??= new AsyncLocalStorage();
  return scope.run(text, call);
}

/** Returns the template of the innermost `withUrlTemplate` call. */
export function templateInScope(): string | undefined {
  return scope?.getStore() || undefined;
}

/** Returns the template that was set for the request itself. */
export function templateOf(request: object): string | undefined {
  return templates?.get(request);
}
