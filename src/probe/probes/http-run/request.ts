import { basicAuthorization, userOf } from "../../../shared/url-user.ts";
import type { HttpSettings } from "./settings.ts";

/** One request of a run; a redirect makes the next. */
export interface HttpRequest {
  readonly url: URL;
  readonly method: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
}

/** The head of an answer. */
export interface HttpHead {
  readonly statusCode: number;
  /** `1.1`, `2.0` */
  readonly httpVersion: string;
  /** By lower-case name; several values of one header are joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** One text for each cookie that was set. */
  readonly setCookies: readonly string[];
}

/** The first request of a run. */
export function firstRequest(url: URL, { method, headers, body }: HttpSettings): HttpRequest {
  const own: Record<string, string> = { ...headers };
  const user = userOf(url);
  if (user !== undefined) own["authorization"] ??= basicAuthorization(user);
  return { url, method, headers: own, body };
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Headers about the body. */
const BODY_HEADERS = ["content-type", "content-length", "content-encoding", "content-language"];
/** Headers that must not go to another origin. */
const PRIVATE_HEADERS = ["authorization", "cookie", "proxy-authorization", "host"];

/**
 * The request that a redirect leads to; undefined if the answer is not a redirect. POST becomes GET, as in browsers
 * (RFC 9110, section 15.4). Credentials do not leave their origin.
 */
export function redirected(
  from: HttpRequest,
  { statusCode, headers }: HttpHead,
): HttpRequest | undefined {
  const { location } = headers;
  if (!REDIRECTS.has(statusCode) || location === undefined) return undefined;
  const url = URL.parse(location, from.url.href);
  if (url === null) return undefined;
  const toGet =
    (statusCode === 303 && from.method !== "HEAD") || (statusCode < 303 && from.method === "POST");
  const left = new Set([
    ...(toGet ? BODY_HEADERS : []),
    ...(url.origin === from.url.origin ? [] : PRIVATE_HEADERS),
  ]);
  return {
    url,
    method: toGet ? "GET" : from.method,
    headers: Object.fromEntries(Object.entries(from.headers).filter(([name]) => !left.has(name))),
    body: toGet ? undefined : from.body,
  };
}

/** The cookies of a run. A server that sets a cookie and redirects expects it in the next request. */
export class Cookies {
  /** By host, then by name. They are sent only to the host that set them. */
  readonly #hosts = new Map<string, Map<string, string>>();

  take({ url }: HttpRequest, { setCookies }: HttpHead): void {
    for (const cookie of setCookies) {
      const [, name, value] = /^\s*([^=;\s]+)=([^;]*)/.exec(cookie) ?? [];
      if (name === undefined) continue;
      const cookies = this.#hosts.get(url.hostname) ?? new Map<string, string>();
      this.#hosts.set(url.hostname, cookies);
      if (/;\s*max-age=\s*(?:0|-\d+)\s*(?:;|$)/i.test(cookie)) cookies.delete(name);
      else cookies.set(name, value!.trim());
    }
  }

  /** The request with the cookies of its host. */
  addTo(request: HttpRequest): HttpRequest {
    const cookies = this.#hosts.get(request.url.hostname);
    if (cookies === undefined || cookies.size === 0) return request;
    const own = request.headers["cookie"];
    const set = [...cookies].map(([name, value]) => `${name}=${value}`);
    const cookie = [...(own === undefined ? [] : [own]), ...set].join("; ");
    return { ...request, headers: { ...request.headers, cookie } };
  }
}

/** The port of a URL. */
export function portOf({ port, protocol }: URL): number {
  if (port !== "") return Number(port);
  return protocol === "https:" ? 443 : 80;
}

/** The host of a URL without the brackets of an IPv6 address. */
export function bareHost({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, "$1");
}
