/** Where Next.js keeps what it knows of a request, on the request of Node.js; internal, and so taken softly. */
const META = Symbol.for("NextInternalRequestMeta");

/** Of Next.js 13 to 16. */
interface NextMeta {
  readonly match?: { readonly definition?: { readonly pathname?: unknown } };
}

/** Pages that Next.js answers with where no route matched. */
const ERROR_PAGES: ReadonlySet<unknown> = new Set(["/_not-found", "/_error", "/404", "/500"]);

/** The template of the page or route handler of Next.js that matched, `/users/[id]`; none for assets. */
export function nextRoute(request: object): string | undefined {
  const meta = (request as { readonly [META]?: NextMeta })[META];
  const pathname = meta?.match?.definition?.pathname;
  return typeof pathname === "string" && !ERROR_PAGES.has(pathname) ? pathname : undefined;
}
