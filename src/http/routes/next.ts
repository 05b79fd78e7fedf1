/**
 * The key under which Next.js keeps its data on the Node.js request. It is internal, so we check everything.
 */
const META = Symbol.for("NextInternalRequestMeta");

/** The data of Next.js 13 to 16. */
interface NextMeta {
  readonly match?: { readonly definition?: { readonly pathname?: unknown } };
}

/** The pages that Next.js serves if no route matched. */
const ERROR_PAGES: ReadonlySet<unknown> = new Set(["/_not-found", "/_error", "/404", "/500"]);

/**
 * Returns the template of the matched page or route handler of Next.js, such as `/users/[id]`. Assets have
 * none.
 */
export function nextRoute(request: object): string | undefined {
  const meta = (request as { readonly [META]?: NextMeta })[META];
  const pathname = meta?.match?.definition?.pathname;
  return typeof pathname === "string" && !ERROR_PAGES.has(pathname) ? pathname : undefined;
}
