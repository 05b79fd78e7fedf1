import type { Answer } from "../serve/answer.ts";

/** Why a request is not answered as it asks: a problem of RFC 9457. */
export class Problem extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  412: "Precondition Failed",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  422: "Unprocessable Content",
  428: "Precondition Required",
  500: "Internal Server Error",
  501: "Not Implemented",
  503: "Service Unavailable",
};

/** The answer to a problem. */
export function problemAnswer(
  { status, message, headers }: Problem,
  shown: (text: string) => string,
): Answer {
  const title = TITLES[status] ?? "Error";
  const body = `${JSON.stringify({ type: "about:blank", title, status, detail: shown(message) })}\n`;
  return {
    status,
    headers: {
      ...headers,
      "content-type": "application/problem+json",
      "content-length": String(Buffer.byteLength(body)),
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    },
    body,
  };
}
