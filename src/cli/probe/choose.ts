import type { Probe, Validator } from "../../probe/contract.ts";
import type { RecordType } from "../../probe/net/dns/codes.ts";
import { dnsProbe } from "../../probe/probes/dns.ts";
import { grpcProbe } from "../../probe/probes/grpc.ts";
import { httpProbe } from "../../probe/probes/http.ts";
import { pingProbe } from "../../probe/probes/ping.ts";
import { tcpProbe } from "../../probe/probes/tcp.ts";
import { tlsProbe } from "../../probe/probes/tls.ts";
import { type TargetInput } from "../../probe/target.ts";
import { bodyValidator } from "../../probe/validators/body.ts";
import { certificateValidator } from "../../probe/validators/certificate.ts";
import { type StatusRange, statusValidator } from "../../probe/validators/status.ts";
import { UsageError } from "../usage-error.ts";
import type { CommandOption } from "../command.ts";

/** The kinds of target that the command takes. */
export const TARGET_HELP: string = [
  "TARGET is one of",
  "  https://HOST/PATH, http://HOST/PATH   a URL of HTTP",
  "  tcp://HOST:PORT, or HOST:PORT         whether a connection is accepted",
  "  tls://HOST:PORT                       whether the certificate is valid",
  "  dns://SERVER/NAME?type=MX             what a name server answers",
  "  grpc://HOST:PORT/SERVICE, grpcs://    the health that a gRPC server reports",
  "  ping://HOST                           whether the host answers ICMP",
].join("\n");

/** The options of a probe. */
export const probeOptions: Readonly<Record<string, CommandOption>> = {
  method: { value: "METHOD", help: "The method of HTTP; GET by default" },
  header: { value: "NAME: VALUE", help: "A header of HTTP to send" },
  body: { value: "TEXT", help: "The request body" },
  "expect-status": {
    value: "CODES",
    help: "The status codes that pass: 2xx by default, or 200,301-303",
  },
  "expect-body": { value: "REGEXP", help: "What the body must match" },
  "expect-days": { value: "DAYS", help: "How long certificates must still be valid" },
  "no-redirects": { help: "Do not follow redirects" },
  insecure: { help: "Accept any certificate" },
  family: { value: "4|6", help: "Use only IPv4 or IPv6" },
};

type Given = Readonly<Record<string, string | true>>;

/** A probe, and the target that it is given. */
export interface Chosen {
  readonly probe: Probe;
  readonly target: TargetInput;
}

/** The probe that a target and the options mean. */
export function chooseProbe(text: string, options: Given): Chosen {
  const scheme = /^([a-z]+):\/\//i.exec(text)?.[1]?.toLowerCase() ?? "tcp";
  const isHttp = scheme === "http" || scheme === "https";
  for (const option of [
    "method",
    "header",
    "body",
    "expect-status",
    "expect-body",
    "no-redirects",
  ]) {
    if (options[option] !== undefined && !isHttp)
      throw new UsageError(`--${option} is for http and https`);
  }
  const dial = familyOption(options["family"]);
  const tls = options["insecure"] === true ? { verify: false } : {};
  const validators = validatorsOf(options);
  if (isHttp)
    return {
      probe: httpProbe({ ...dial, tls, ...httpOptions(options), validators }),
      target: { url: text },
    };
  const url = URL.parse(text.includes("://") ? text : `tcp://${text}`);
  if (url === null || url.hostname === "") throw new UsageError(`${text} is no target`);
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const target = { name: text, host, ...(url.port !== "" && { port: Number(url.port) }) };
  const path = decodeURIComponent(url.pathname.slice(1));
  switch (scheme) {
    case "tcp":
      return { probe: tcpProbe({ ...dial, validators }), target };
    case "tls":
      return { probe: tlsProbe({ ...dial, tls, validators }), target };
    case "dns": {
      const type = (url.searchParams.get("type") ?? "A").toUpperCase() as RecordType;
      return { probe: dnsProbe({ ...dial, name: path, type, validators }), target };
    }
    case "grpc":
    case "grpcs":
      return {
        probe: grpcProbe({
          ...dial,
          service: path,
          ...(scheme === "grpcs" && { tls }),
          validators,
        }),
        target,
      };
    case "ping":
      return { probe: pingProbe({ ...dial, validators }), target };
    default:
      throw new UsageError(`there is no probe for ${scheme}://`);
  }
}

function httpOptions(options: Given): Parameters<typeof httpProbe>[0] {
  const { method, header, body } = options;
  const [, name, value] = /^([^:]+):\s*(.*)$/.exec(String(header ?? "")) ?? [];
  if (header !== undefined && name === undefined)
    throw new UsageError("--header expects NAME: VALUE");
  return {
    followRedirects: options["no-redirects"] !== true,
    ...(typeof method === "string" && { method: method.toUpperCase() }),
    ...(typeof body === "string" && { body }),
    ...(name !== undefined && { headers: { [name]: value ?? "" } }),
  };
}

function validatorsOf(options: Given): Validator[] {
  const { "expect-status": status, "expect-body": body, "expect-days": days } = options;
  return [
    ...(typeof status === "string"
      ? [statusValidator(...(status.split(/\s*,\s*/) as StatusRange[]))]
      : []),
    ...(typeof body === "string" ? [bodyValidator({ matches: patternOf(body) })] : []),
    ...(typeof days === "string"
      ? [certificateValidator({ minLifetimeMs: Number(days) * 86_400_000 })]
      : []),
  ];
}

function patternOf(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch {
    throw new UsageError(`--expect-body: ${text} is no regular expression`);
  }
}

function familyOption(value: string | true | undefined): { readonly family?: 4 | 6 } {
  if (value === undefined) return {};
  if (value !== "4" && value !== "6") throw new UsageError("--family expects 4 or 6");
  return { family: value === "4" ? 4 : 6 };
}
