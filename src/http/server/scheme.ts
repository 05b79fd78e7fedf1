import type { IncomingHttpHeaders } from "node:http";

/** The values of `url.scheme`. */
export type Scheme = "http" | "https";

/**
 * Returns the scheme that the client used, as a proxy reports it: the first hop in `Forwarded` (RFC 7239), or
 * else `X-Forwarded-Proto`. Returns undefined if neither has `http` or `https`.
 */
export function forwardedScheme(headers: IncomingHttpHeaders): Scheme | undefined {
  const { forwarded } = headers;
  const fromStandard =
    forwarded === undefined
      ? undefined
      : /(?:^|;)\s*proto\s*=\s*"?(\w+)/i.exec(firstOf(forwarded))?.[1];
  const proto = headers["x-forwarded-proto"];
  return schemeOf(fromStandard) ?? schemeOf(proto === undefined ? undefined : firstOf(proto));
}

function firstOf(header: string | readonly string[]): string {
  const text = typeof header === "string" ? header : (header[0] ?? "");
  const comma = text.indexOf(",");
  return (comma === -1 ? text : text.slice(0, comma)).slice(0, 200);
}

function schemeOf(text: string | undefined): Scheme | undefined {
  const scheme = text?.trim().toLowerCase();
  return scheme === "http" || scheme === "https" ? scheme : undefined;
}
