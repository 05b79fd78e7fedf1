import type { Agent, IncomingMessage, ServerResponse } from "node:http";
import type { SecureContextOptions } from "node:tls";
import { type Clock, systemClock } from "../../shared/clock.ts";
import { InvalidOptionError } from "../../shared/errors.ts";
import {
  booleanOption,
  choiceOption,
  integerOption,
  keysOf,
  methodsOption,
  numberOption,
  optionsObject,
} from "../../shared/options.ts";
import type { DispatcherLike } from "./dispatcher.ts";

/** How requests are forwarded to the service. */
export interface ForwardOptions {
  /**
   * The `Host` header for the service: `keep` the client's, or `set` the one of its URL. Virtual hosts at
   * the service need `set`. @default "keep"
   */
  readonly host?: "keep" | "set";
  /**
   * Whether the service learns about the client: its address is appended to `Forwarded` and
   * `X-Forwarded-For`, and `X-Forwarded-Proto` and `-Host` are set. False leaves all four headers as they
   * came.
   * @default true
   */
  readonly forwarded?: boolean;
  /**
   * Whether your own proxy stands in front, so that `X-Forwarded-Proto` and `-Host` can be trusted.
   * Otherwise they are replaced, because clients can send anything. @default false
   */
  readonly trustForwarded?: boolean;
  /** Our name in the `Via` header; false for no header. @default "taskmon" */
  readonly via?: string | false;
  /** The time limit for connecting, in milliseconds. @default 5000 */
  readonly connectTimeoutMs?: number;
  /**
   * The time limit from the end of the request to the response headers, in milliseconds. Bodies have no
   * limit. @default 120000
   */
  readonly answerTimeoutMs?: number;
  /** The most connections; further requests wait. @default no limit */
  readonly maxConnections?: number;
  /**
   * TLS options for a service on https, as in `node:tls`: its certificate authority, our client
   * certificate.
   */
  readonly tls?: SecureContextOptions & { readonly rejectUnauthorized?: boolean };
  /** Your own agent, which you close. @default one with keep-alive */
  readonly agent?: Agent;
  /**
   * A dispatcher of undici 7 or later, which you close. Upgrades and `Expect: 100-continue` still use
   * `node:http`. @default `node:http`
   */
  readonly dispatcher?: DispatcherLike;
  /**
   * Your own forwarding, for example httpxy's. It answers the client itself; if it rejects before that, the
   * guard answers. It gets only plain requests, no upgrades. @default ours
   */
  readonly forward?: (request: IncomingMessage, response: ServerResponse, target: URL) => unknown;
  /** For tests. @default the machine's clock */
  readonly clock?: Clock;
}

/** The parsed URL of the service. */
export interface ForwardTarget {
  readonly url: URL;
  readonly secure: boolean;
  /** Without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** As in the `Host` header: with the port if it is not the default. */
  readonly host: string;
  /** Without a trailing slash; empty for the root. */
  readonly basePath: string;
  readonly query: string;
}

/** Checked {@link ForwardOptions}. */
export interface ForwardSettings {
  readonly target: ForwardTarget;
  readonly host: "keep" | "set";
  readonly forwarded: boolean;
  readonly trustForwarded: boolean;
  readonly via: string | undefined;
  readonly connectTimeoutMs: number;
  readonly answerTimeoutMs: number;
  readonly maxConnections: number;
  readonly tls: NonNullable<ForwardOptions["tls"]>;
  readonly agent: Agent | undefined;
  readonly dispatcher: DispatcherLike | undefined;
  readonly forward: ForwardOptions["forward"];
  readonly clock: Clock;
}

/** The names of the options. */
export const FORWARD_KEYS: readonly (keyof ForwardOptions)[] = keysOf<ForwardOptions>({
  ...{ host: true, forwarded: true, trustForwarded: true, via: true, connectTimeoutMs: true },
  ...{ answerTimeoutMs: true, maxConnections: true, tls: true, agent: true, dispatcher: true },
  ...{ forward: true, clock: true },
});

const HOUR_MS = 3_600_000;
/** RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~\w]+$/;

/** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` names the option */
export function forwardSettings(
  service: string,
  url: URL,
  options: ForwardOptions | undefined,
): ForwardSettings {
  const path = `monitors.${service}.guard`;
  const given = optionsObject(path, options, FORWARD_KEYS);
  const ms = (key: "connectTimeoutMs" | "answerTimeoutMs", byDefault: number): number =>
    numberOption(`${path}.${key}`, given[key], { min: 1, max: HOUR_MS, default: byDefault });
  return {
    target: targetOf(service, url),
    host: choiceOption(`${path}.host`, given.host, ["keep", "set"]),
    forwarded: booleanOption(`${path}.forwarded`, given.forwarded, true),
    trustForwarded: booleanOption(`${path}.trustForwarded`, given.trustForwarded, false),
    via: viaOption(`${path}.via`, given.via),
    connectTimeoutMs: ms("connectTimeoutMs", 5_000),
    answerTimeoutMs: ms("answerTimeoutMs", 120_000),
    maxConnections:
      given.maxConnections === undefined
        ? Infinity
        : integerOption(`${path}.maxConnections`, given.maxConnections, {
            ...{ min: 1, max: 1_000_000, default: 1 },
          }),
    tls: tlsOption(`${path}.tls`, given.tls),
    agent: given.agent,
    dispatcher:
      given.dispatcher === undefined
        ? undefined
        : methodsOption(`${path}.dispatcher`, given.dispatcher, ["dispatch"]),
    forward: functionOption(`${path}.forward`, given.forward),
    clock: given.clock ?? systemClock(),
  };
}

/** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for a URL of another protocol */
function targetOf(service: string, url: URL): ForwardTarget {
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    const expected = "an http or https URL, because a guard forwards to it";
    throw new InvalidOptionError(`monitors.${service}.url`, expected, url.href);
  }
  const secure = url.protocol === "https:";
  return {
    ...{ url, secure, host: url.host },
    hostname: url.hostname.replaceAll(/^\[|\]$/g, ""),
    port: url.port === "" ? (secure ? 443 : 80) : Number(url.port),
    basePath: url.pathname.replace(/\/$/, ""),
    query: url.search.slice(1),
  };
}

function viaOption(option: string, via: string | false | undefined): string | undefined {
  if (via === false) return undefined;
  const name = via ?? "taskmon";
  if (typeof name !== "string" || !TOKEN.test(name)) {
    throw new InvalidOptionError(option, "a token of HTTP, or false", via);
  }
  return name;
}

function tlsOption(option: string, tls: ForwardOptions["tls"]): NonNullable<ForwardOptions["tls"]> {
  if (tls === undefined) return {};
  if (typeof tls !== "object" || tls === null) {
    throw new InvalidOptionError(option, "an object", tls);
  }
  return tls;
}

function functionOption(
  option: string,
  forward: ForwardOptions["forward"],
): ForwardOptions["forward"] {
  if (forward === undefined || typeof forward === "function") return forward;
  throw new InvalidOptionError(option, "a function", forward);
}
