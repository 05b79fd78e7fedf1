import { BlockList, isIP } from "node:net";
import { InvalidOptionError } from "../../shared/errors.ts";

/** Which targets may be probed. */
export type AllowOption = readonly string[] | ((host: string, port: number | undefined) => boolean);

/** Only this machine. */
const LOOPBACK: readonly string[] = ["localhost", "127.0.0.0/8", "::1/128"];

/**
 * Whether a host may be probed: `example.org`, `*.example.org` (not `example.org` itself), `10.0.0.7`,
 * `10.0.0.0/8`, each with `:port` to allow only that port.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function allowOption(
  allow: AllowOption | undefined,
): (host: string, port: number | undefined) => boolean {
  if (typeof allow === "function") return allow;
  if (allow !== undefined && !Array.isArray(allow)) {
    throw new InvalidOptionError(
      "blackboxHandler.allow",
      "an array of hosts, or a function",
      allow,
    );
  }
  const rules = (allow ?? LOOPBACK).map((pattern, index) =>
    ruleOf(pattern, `blackboxHandler.allow[${index}]`),
  );
  return (host, port) => {
    const name = host.toLowerCase().replace(/\.$/, "");
    return rules.some((rule) => rule.fits(name) && (rule.port === undefined || rule.port === port));
  };
}

interface Rule {
  readonly port: number | undefined;
  fits(host: string): boolean;
}

function ruleOf(pattern: unknown, option: string): Rule {
  const expected =
    "a host, *.domain, an address or a network such as 10.0.0.0/8, perhaps with :port";
  const refuse = (): never => {
    throw new InvalidOptionError(option, expected, pattern);
  };
  if (typeof pattern !== "string") return refuse();
  const [, bracketed, plain = "", digits] =
    /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(pattern) ?? [];
  const text = (bracketed ?? (plain || (digits === undefined ? pattern : ""))).toLowerCase();
  const port = digits === undefined ? undefined : Number(digits);
  const [address = "", prefix] = text.split("/");
  const family = isIP(address);
  if (family !== 0) {
    const bits = prefix === undefined ? (family === 4 ? 32 : 128) : Number(prefix);
    if (!Number.isInteger(bits) || bits < 0 || bits > (family === 4 ? 32 : 128)) return refuse();
    const network = new BlockList();
    network.addSubnet(address, bits, family === 4 ? "ipv4" : "ipv6");
    const type = (host: string): "ipv4" | "ipv6" => (isIP(host) === 4 ? "ipv4" : "ipv6");
    return { port, fits: (host) => isIP(host) !== 0 && network.check(host, type(host)) };
  }
  if (!/^(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/.test(text)) return refuse();
  if (text.startsWith("*.")) return { port, fits: (host) => host.endsWith(text.slice(1)) };
  return { port, fits: (host) => host === text };
}
