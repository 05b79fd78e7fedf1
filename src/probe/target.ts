import { InvalidOptionError } from "../shared/errors.ts";
import { integerOption, optionsObject, textOption } from "../shared/options.ts";
import type { Target } from "./contract.ts";

/** A target as callers write it: `host`, `host:port`, `[::1]:53`, a URL, or its parts. */
export type TargetInput =
  | string
  | {
      /** @default the URL, or host and port */
      readonly name?: string;
      readonly host?: string;
      readonly port?: number;
      readonly address?: string;
      readonly url?: string;
      /** @default none */
      readonly labels?: Readonly<Record<string, string>>;
    };

/** The targets that `targetOf` made: checked and immutable. */
const checkedTargets = new WeakSet<object>();

const KEYS = ["name", "host", "port", "address", "url", "labels"] as const;
const MAX_NAME_LENGTH = 255;
const MAX_URL_LENGTH = 8_192;
const MAX_LABELS = 64;
/** The default ports of schemes. */
const PORTS: Readonly<Record<string, number>> = {
  ...{ "http:": 80, "https:": 443, "ws:": 80, "wss:": 443 },
};

/**
 * The checked target of an input.
 * @param option names the input in errors
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function targetOf(input: TargetInput, option = "target"): Target {
  if (typeof input === "string") return targetOfText(option, input);
  if (checkedTargets.has(input)) return input as Target;
  const given = optionsObject(option, input, KEYS);
  const named = given.url === undefined ? {} : partsOfUrl(option, given.url);
  const host = given.host === undefined ? named.host : hostOption(`${option}.host`, given.host);
  const port = given.port === undefined ? named.port : portOption(`${option}.port`, given.port);
  const name = given.name ?? nameOfUrl(named.url) ?? hostPort(host, port);
  if (name === undefined) {
    throw new InvalidOptionError(option, "an object with a name, a host or a url", input);
  }
  const target: Target = Object.freeze({
    name: textOption(`${option}.name`, clip(name)),
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port }),
    ...(given.address !== undefined && {
      address: textOption(`${option}.address`, given.address),
    }),
    ...(named.url !== undefined && { url: named.url }),
    labels: labelsOption(`${option}.labels`, given.labels),
  });
  checkedTargets.add(target);
  return target;
}

function targetOfText(option: string, input: string): Target {
  const text = textOption(option, input, MAX_URL_LENGTH);
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return targetOf({ url: text }, option);
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]*))(?::(\d{1,5}))?$/.exec(text) ?? [];
  // An IPv6 address without brackets has colons of its own, and no port.
  const host =
    bracketed ?? plain ?? (process.getBuiltinModule("node:net").isIPv6(text) ? text : undefined);
  if (!host) throw new InvalidOptionError(option, "a host, host:port or a URL", input);
  return targetOf({ name: text, host, ...(port !== undefined && { port: Number(port) }) }, option);
}

function partsOfUrl(option: string, url: unknown): Pick<Target, "url" | "host" | "port"> {
  const text = textOption(`${option}.url`, url, MAX_URL_LENGTH);
  if (!URL.canParse(text)) throw new InvalidOptionError(`${option}.url`, "a URL", url);
  const { hostname, port, protocol } = new URL(text);
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  const known = port === "" ? PORTS[protocol] : Number(port);
  return {
    url: text,
    ...(host !== "" && { host }),
    ...(known !== undefined && { port: known }),
  };
}

function hostOption(option: string, value: unknown): string {
  const host = textOption(option, value);
  if (/[\s/]/.test(host)) throw new InvalidOptionError(option, "a host name or an address", value);
  return host;
}

function portOption(option: string, value: unknown): number {
  return integerOption(option, value, { min: 1, max: 65_535, default: 0 });
}

function hostPort(host: string | undefined, port: number | undefined): string | undefined {
  if (host === undefined || port === undefined) return host;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The URL without user and password, which must not appear in metrics. */
function nameOfUrl(url: string | undefined): string | undefined {
  return url?.replace(/^([^/]*\/\/)[^/?#]*@/, "$1");
}

/** Cuts a long name. If two long URLs get the same name, the caller must name them. */
function clip(name: string): string {
  return typeof name === "string" ? name.slice(0, MAX_NAME_LENGTH) : name;
}

function labelsOption(option: string, value: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(optionsRecord(option, value));
  if (entries.length > MAX_LABELS) {
    throw new InvalidOptionError(option, `at most ${MAX_LABELS} labels`, entries.length);
  }
  for (const [key, label] of entries) {
    if (key === "" || typeof label !== "string") {
      throw new InvalidOptionError(`${option}.${key}`, "a text", label);
    }
  }
  return Object.freeze(Object.fromEntries(entries) as Record<string, string>);
}

function optionsRecord(option: string, value: unknown): object {
  if (value === undefined) return {};
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new InvalidOptionError(option, "an object of texts", value);
  }
  return value;
}
