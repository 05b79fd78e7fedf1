import type { Observation, ProbeResult, Validator } from "../contract.ts";
import type { HttpDetails, HttpProbeOptions } from "../probes/http.ts";
import { httpProbe } from "../probes/http.ts";
import { targetOf } from "../target.ts";
import { bodyValidator } from "../validators/body.ts";
import { headerValidator } from "../validators/header.ts";
import { type StatusRange, statusValidator } from "../validators/status.ts";
import type { Fields } from "./fields.ts";
import { type Gauge, gauge, gaugeBy } from "./gauges.ts";
import { credentials } from "./http-credentials.ts";
import { familyOf, type Prober, seconds } from "./prober.ts";
import { tlsConfig } from "./tls-config.ts";
import { tlsGauges } from "./tls-gauges.ts";

/** The most bytes of a body that we read; the exporter has no limit. */
const MAX_BODY_BYTES = 67_108_864;

/** Reads an http module. */
export function httpModule(fields: Fields): Prober {
  const family = familyOf(fields);
  const tls = tlsConfig(fields.section("tls_config"));
  const compression = fields.choice("compression", ["", "identity", "gzip", "br", "deflate"]) ?? "";
  const headers = { ...fields.textsByName("headers"), ...credentials(fields) };
  const body = fields.text("body");
  const proxy = fields.text("proxy_url");
  const limit = fields.size("body_size_limit") ?? 0;
  const followRedirects = fields.flag("follow_redirects", true);
  const http2 = fields.flag("enable_http2", true);
  const method = fields.text("method") ?? "GET";
  const validators = validatorsOf(fields);
  fields.unsupported("oauth2", "put a token into bearer_token_file");
  fields.unsupported("skip_resolve_phase_with_proxy", "a proxy always resolves the target itself");
  fields.end();
  const options: HttpProbeOptions = {
    ...{ family, tls, method, followRedirects, validators },
    http2: http2 ? "offered" : "never",
    maxBodyBytes: limit === 0 ? MAX_BODY_BYTES : limit,
    decompress: compression === "" || compression === "identity" ? false : compression,
    ...(body !== undefined && { body }),
    ...(proxy !== undefined && { proxy }),
  };
  // The exporter asks for compression only if it is configured.
  const sent = compression === "" ? {} : { "accept-encoding": compression };

  return ({ target, hostname, allows }) => ({
    probe: httpProbe({
      ...options,
      headers: { ...sent, ...headers, ...(hostname !== undefined && { host: hostname }) },
      ...(hostname !== undefined && { tls: { serverName: bare(hostname), ...tls } }),
      allowRedirect: (to) =>
        allows(bare(to.host), Number(to.port || (to.protocol === "https:" ? 443 : 80))),
    }),
    target: targetOf({ url: /^https?:\/\//.test(target) ? target : `http://${target}` }),
    gauges: (result) => httpGauges(result as ProbeResult<HttpDetails>, tls.verify !== false),
  });
}

function httpGauges(result: ProbeResult<HttpDetails>, verify: boolean): Gauge[] {
  const { details, statusCode = 0, validations = [], phasesMs = {} } = result;
  const isOver = (phase: string): boolean => phase in phasesMs;
  const { headers, tls } = details ?? {};
  const modified = Date.parse(headers?.["last-modified"] ?? "");
  const byRegexp = validations.some(({ name, passed }) => !passed && name.startsWith(REGEXP));
  const answered = statusCode !== 0;
  return [
    gaugeBy(
      "probe_http_duration_seconds",
      "Duration of http request by phase, summed over all redirects",
      "phase",
      {
        resolve: seconds(result, "dns"),
        // If the name was not found, there was no request.
        ...(isOver("connect") && {
          connect: seconds(result, "connect"),
          tls: seconds(result, "tls"),
          processing: seconds(result, "write", "first_byte"),
          transfer: seconds(result, "transfer"),
        }),
      },
    ),
    gauge(
      "probe_http_content_length",
      "Length of http content response",
      answered ? (details?.contentLength ?? -1) : 0,
    ),
    gauge(
      "probe_http_uncompressed_body_length",
      "Length of uncompressed response body",
      details?.bodyBytes ?? 0,
    ),
    gauge("probe_http_redirects", "The number of redirects", details?.redirects ?? 0),
    gauge(
      "probe_http_ssl",
      "Indicates if SSL was used for the final redirect",
      Number(answered && tls !== undefined),
    ),
    gauge("probe_http_status_code", "Response HTTP status code", statusCode),
    gauge(
      "probe_http_version",
      "Returns the version of HTTP of the probe response",
      Number(details?.httpVersion ?? 0),
    ),
    gauge("probe_failed_due_to_regex", "Indicates if probe failed due to regex", Number(byRegexp)),
    ...(Number.isNaN(modified)
      ? []
      : [
          gauge(
            "probe_http_last_modified_timestamp_seconds",
            "Returns the Last-Modified HTTP response header in unixtime",
            modified / 1_000,
          ),
        ]),
    ...tlsGauges(result, tls, { verify }),
  ];
}

/** The name prefix of the validators that set `probe_failed_due_to_regex`. */
const REGEXP = "regexp:";

function validatorsOf(fields: Fields): Validator[] {
  const statuses = fields.integers("valid_status_codes") as StatusRange[];
  const versions = fields.texts("valid_http_versions");
  const failIfSsl = fields.flag("fail_if_ssl", false);
  const failIfNotSsl = fields.flag("fail_if_not_ssl", false);
  const bodies = [
    ...fields.patterns("fail_if_body_matches_regexp").map((notMatches) => ({ notMatches })),
    ...fields.patterns("fail_if_body_not_matches_regexp").map((matches) => ({ matches })),
  ].map((options, index) => bodyValidator({ ...options, name: `${REGEXP}body:${index}` }));
  const regexps = [
    ...headerValidators(fields, "fail_if_header_matches", "notMatches"),
    ...headerValidators(fields, "fail_if_header_not_matches", "matches"),
    ...bodies,
  ];
  const isSsl = ({ certificate }: Observation): boolean => certificate !== undefined;
  return [
    statuses.length === 0 ? statusValidator("2xx") : statusValidator(...statuses),
    ...(versions.length === 0 ? [] : [versionValidator(versions)]),
    ...(failIfSsl ? [check("fail_if_ssl", (seen) => !isSsl(seen), "it uses TLS")] : []),
    ...(failIfNotSsl ? [check("fail_if_not_ssl", isSsl, "it does not use TLS")] : []),
    ...onlyAfterStatus(regexps, statuses),
  ];
}

/** The exporter checks headers and body only if the status is valid. */
function onlyAfterStatus(
  regexps: readonly Validator[],
  statuses: readonly StatusRange[],
): Validator[] {
  const status = statuses.length === 0 ? statusValidator("2xx") : statusValidator(...statuses);
  return regexps.map((regexp) => ({
    name: regexp.name,
    async validate(seen, context) {
      const before = await status.validate(seen, context);
      return before === undefined ? regexp.validate(seen, context) : undefined;
    },
  }));
}

function headerValidators(
  fields: Fields,
  key: string,
  kind: "matches" | "notMatches",
): Validator[] {
  return fields.sections(key).flatMap((section, index) => {
    const header = section.text("header");
    const regexp = section.pattern("regexp");
    const allowMissing = section.flag("allow_missing", false);
    section.end();
    if (header === undefined) section.complain("header", "must be set");
    if (regexp === undefined && !section.has("regexp")) section.complain("regexp", "must be set");
    if (header === undefined || regexp === undefined) return [];
    const name = `${REGEXP}${kind}:${index}`;
    return [headerValidator(header, { [kind]: regexp, allowMissing, name })];
  });
}

function versionValidator(versions: readonly string[]): Validator {
  const isValid = ({ httpVersion }: Observation): boolean =>
    versions.includes(`HTTP/${httpVersion}`);
  return check("valid_http_versions", isValid, "it speaks another version");
}

function check(name: string, passes: (seen: Observation) => boolean, reason: string): Validator {
  return { name, validate: (seen) => (passes(seen) ? undefined : reason) };
}

/** A host without its port and brackets. */
function bare(host: string): string {
  return host.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
}
