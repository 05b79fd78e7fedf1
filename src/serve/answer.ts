/** An HTTP response, before anything is sent. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Given for HEAD too; the sender omits it. */
  readonly body: string;
}

/** A request, in one form for every kind of server. */
export interface Asked<R = unknown> {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** The text after the question mark; empty if there is none. */
  readonly query: string;
  /** The value of a header, by its name in any case; undefined where it is missing. */
  header(this: void, name: string): string | undefined;
  /** Aborts when the client goes away, if the server reports that. */
  readonly signal?: AbortSignal;
  /**
   * The body as text, read once. Where there is none, an empty text.
   * @throws BodyTooLargeError `ERR_TASKMON_BODY_TOO_LARGE`
   */
  text(maxBytes: number): Promise<string>;
  /** The server's own request. */
  readonly request: R;
}

/** Answers a request; undefined if the request is not for us. */
export type Respond<R = unknown> = (
  asked: Asked<R>,
) => Answer | undefined | Promise<Answer | undefined>;

/** A short text that no cache keeps. */
export function plainAnswer(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return {
    status,
    headers: {
      "content-type": "text/plain; charset=utf-8",
      "content-length": String(Buffer.byteLength(body)),
      "cache-control": "no-store",
      ...headers,
    },
    body,
  };
}

/** The answer where nothing is at the path. */
export const NOT_FOUND: Answer = plainAnswer(404, "not found\n");

/** The answer for another method than GET or HEAD. */
export const METHOD_NOT_ALLOWED: Answer = plainAnswer(405, "method not allowed\n", {
  allow: "GET, HEAD",
});

/** The answer where something of ours failed; the details go to the log, not to the client. */
export const INTERNAL_ERROR: Answer = plainAnswer(500, "internal error\n");

/** Splits a URL's path from its query. */
export function splitUrl(url: string): { readonly path: string; readonly query: string } {
  const mark = url.indexOf("?");
  if (mark === -1) return { path: url, query: "" };
  return { path: url.slice(0, mark), query: url.slice(mark + 1) };
}
