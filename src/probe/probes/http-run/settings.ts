import { InvalidOptionError, messageOf } from "../../../shared/errors.ts";
import {
  booleanOption,
  choiceOption,
  integerOption,
  optionsObject,
  textOption,
} from "../../../shared/options.ts";
import { VERSION } from "../../../shared/version.ts";
import type { Target, Validator } from "../../contract.ts";
import {
  type Dial,
  type DialOptions,
  dialOptions,
  DIAL_KEYS,
  tlsOption,
} from "../../net/dial-options.ts";
import type { ProbeTlsOptions } from "../../net/secure.ts";
import { statusValidator } from "../../validators/status.ts";
import { validatorsOption } from "../../validators/validate.ts";

/** Options of {@link httpProbe}. */
export interface HttpProbeOptions extends DialOptions {
  /** @default "GET" */
  readonly method?: string;
  /** Headers to send; they can replace the probe's own. @default none */
  readonly headers?: Readonly<Record<string, string>>;
  /** The request body. @default nothing */
  readonly body?: string | Uint8Array;
  /** The scheme for targets without a URL, such as `example.org`. @default "http" */
  readonly scheme?: "http" | "https";
  /** The path and query of targets without a URL. @default "/" */
  readonly path?: string;
  /** Whether redirects are followed. @default true */
  readonly followRedirects?: boolean;
  /** The most redirects; more are the failure `too_many_redirects`. @default 10 */
  readonly maxRedirects?: number;
  /** Decides whether to follow a redirect, if you do not trust the targets. @default follows all */
  readonly allowRedirect?: (to: URL) => boolean;
  readonly tls?: ProbeTlsOptions;
  /**
   * Whether to use HTTP/2: if a TLS server offers it (`offered`), `never`, or `only`. Over plain TCP,
   * HTTP/2 needs `only`. @default "offered"
   */
  readonly http2?: "offered" | "never" | "only";
  /**
   * `fresh` connects for each run, so that each run tests DNS, TCP and TLS. `kept` reuses connections, and
   * closes them with the target. @default "fresh"
   */
  readonly connection?: "fresh" | "kept";
  /** An HTTP proxy: `http://user:password@proxy:3128`. For `https` targets we use CONNECT. @default none */
  readonly proxy?: string | URL;
  /** The most bytes of a body to read, after decompression. @default 1048576 */
  readonly maxBodyBytes?: number;
  /** What to do with a longer body: fail with `too_large`, or ignore the rest. @default "fail" */
  readonly longerBody?: "fail" | "cut";
  /**
   * Whether to decompress a body before validation. The name of an encoding applies it to every body,
   * whatever its header says. @default true
   */
  readonly decompress?: boolean | "gzip" | "br" | "deflate";
  /** Whether our own `http.client` metrics count these requests. @default false */
  readonly clientMetrics?: boolean;
  /** Validators of the last response. Without a status validator, the status must be 2xx. @default 2xx */
  readonly validators?: readonly Validator[];
}

/** Checked {@link HttpProbeOptions}. */
export interface HttpSettings extends Dial {
  readonly method: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
  readonly scheme: "http" | "https";
  readonly path: string;
  readonly followRedirects: boolean;
  readonly maxRedirects: number;
  readonly allowRedirect: (to: URL) => boolean;
  readonly tls: ProbeTlsOptions;
  readonly http2: "offered" | "never" | "only";
  readonly connection: "fresh" | "kept";
  readonly proxy: URL | undefined;
  readonly maxBodyBytes: number;
  readonly longerBody: "fail" | "cut";
  readonly decompress: boolean | "gzip" | "br" | "deflate";
  readonly clientMetrics: boolean;
  readonly validators: readonly Validator[];
}

const MAX_BODY_BYTES = 1_048_576;
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` */
export function httpSettings(options: HttpProbeOptions | undefined): HttpSettings {
  const given = optionsObject("httpProbe", options, [
    ...DIAL_KEYS,
    ...([
      "method",
      "headers",
      "body",
      "scheme",
      "path",
      "followRedirects",
      "maxRedirects",
    ] as const),
    ...(["allowRedirect", "tls", "http2", "connection", "proxy", "maxBodyBytes"] as const),
    ...(["longerBody", "decompress", "clientMetrics", "validators"] as const),
  ]);
  const { body, allowRedirect = () => true, path = "/" } = given;
  const method = textOption("httpProbe.method", given.method ?? "GET");
  if (!TOKEN.test(method))
    throw new InvalidOptionError("httpProbe.method", "a method of HTTP", method);
  if (body !== undefined && typeof body !== "string" && !(body instanceof Uint8Array)) {
    throw new InvalidOptionError("httpProbe.body", "a text or bytes", body);
  }
  if (typeof allowRedirect !== "function") {
    throw new InvalidOptionError("httpProbe.allowRedirect", "a function", allowRedirect);
  }
  if (typeof path !== "string" || !path.startsWith("/") || /[\s#]/.test(path)) {
    throw new InvalidOptionError("httpProbe.path", "a path that begins with a slash", path);
  }
  const validators = validatorsOption("httpProbe.validators", given.validators);
  const judgesStatus = validators.some(({ name }) => name === "status");
  const sizes = { min: 0, max: Number.MAX_SAFE_INTEGER, default: MAX_BODY_BYTES };
  return {
    ...dialOptions("httpProbe", given),
    method,
    headers: headersOption(given.headers),
    body,
    scheme: choiceOption("httpProbe.scheme", given.scheme, ["http", "https"]),
    path,
    followRedirects: booleanOption("httpProbe.followRedirects", given.followRedirects, true),
    maxRedirects: integerOption("httpProbe.maxRedirects", given.maxRedirects, {
      min: 0,
      max: 100,
      default: 10,
    }),
    allowRedirect,
    tls: tlsOption("httpProbe.tls", given.tls),
    http2: choiceOption("httpProbe.http2", given.http2, ["offered", "never", "only"]),
    connection: choiceOption("httpProbe.connection", given.connection, ["fresh", "kept"]),
    proxy: given.proxy === undefined ? undefined : proxyOption(given.proxy),
    maxBodyBytes: integerOption("httpProbe.maxBodyBytes", given.maxBodyBytes, sizes),
    longerBody: choiceOption("httpProbe.longerBody", given.longerBody, ["fail", "cut"]),
    decompress:
      typeof given.decompress === "string"
        ? choiceOption("httpProbe.decompress", given.decompress, ["gzip", "br", "deflate"])
        : booleanOption("httpProbe.decompress", given.decompress, true),
    clientMetrics: booleanOption("httpProbe.clientMetrics", given.clientMetrics, false),
    validators: judgesStatus ? validators : [statusValidator("2xx"), ...validators],
  };
}

/**
 * The URL of a target.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` if HTTP cannot reach it
 */
export function urlOf({ name, url, host, port }: Target, settings: HttpSettings): URL {
  if (url !== undefined) {
    const parsed = URL.parse(url);
    if (parsed !== null && /^https?:$/.test(parsed.protocol)) return parsed;
    throw new InvalidOptionError(`target ${name}`, "an http or https URL", url);
  }
  if (host === undefined)
    throw new InvalidOptionError(`target ${name}`, "one with a URL or a host", name);
  const authority = host.includes(":") ? `[${host}]` : host;
  const whole = `${settings.scheme}://${authority}${port === undefined ? "" : `:${port}`}`;
  const parsed = URL.parse(whole + settings.path);
  if (parsed === null) throw new InvalidOptionError(`target ${name}`, "one with a host", host);
  return parsed;
}

function headersOption(headers: unknown): Readonly<Record<string, string>> {
  const all: Record<string, string> = {
    "user-agent": `taskmon-probe/${VERSION}`,
    accept: "*/*",
  };
  if (headers === undefined) return all;
  if (typeof headers !== "object" || headers === null) {
    throw new InvalidOptionError("httpProbe.headers", "an object of texts", headers);
  }
  const { validateHeaderName, validateHeaderValue } = process.getBuiltinModule("node:http");
  for (const [name, value] of Object.entries(headers)) {
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value as string);
    } catch (error) {
      throw new InvalidOptionError(
        `httpProbe.headers.${name}`,
        `a header (${messageOf(error)})`,
        value,
      );
    }
    all[name.toLowerCase()] = String(value);
  }
  return all;
}

function proxyOption(value: string | URL): URL {
  const url = URL.parse(String(value));
  if (url?.protocol === "http:") return url;
  throw new InvalidOptionError("httpProbe.proxy", "an http URL", String(value));
}
