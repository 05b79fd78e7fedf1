import type { ProbeResult } from "../contract.ts";
import {
  CLASSES,
  RCODES,
  RECORD_TYPES,
  type RecordClass,
  type RecordType,
} from "../net/dns/codes.ts";
import { type DnsRecord, isDomainName } from "../net/dns/message.ts";
import { type DnsDetails, dnsProbe, type DnsProbeOptions } from "../probes/dns.ts";
import { targetOf } from "../target.ts";
import { matches } from "../validators/pattern.ts";
import type { Fields } from "./fields.ts";
import { type Gauge, gauge, gaugeBy } from "./gauges.ts";
import { familyOf, type ModuleRun, type Prober, seconds } from "./prober.ts";
import { tlsConfig } from "./tls-config.ts";

type Section = "answers" | "authorities" | "additionals";

/** Checks the records of one section; returns the problem, or undefined. */
type RecordRule = (lines: readonly string[]) => string | undefined;

/** Reads a dns module. */
export function dnsModule(fields: Fields): Prober {
  const family = familyOf(fields);
  const sourceAddress = fields.text("source_ip_address");
  const transport = fields.choice("transport_protocol", ["udp", "tcp"]) ?? "udp";
  const overTls = fields.flag("dns_over_tls", false);
  const tls = tlsConfig(fields.section("tls_config"));
  const name = fields.text("query_name");
  const type = fields.choice("query_type", Object.keys(RECORD_TYPES) as RecordType[]) ?? "ANY";
  const ofClass = fields.choice("query_class", Object.keys(CLASSES) as RecordClass[]) ?? "IN";
  const recursionDesired = fields.flag("recursion_desired", true);
  const rcodes = fields.texts("valid_rcodes");
  const rules: readonly [Section, RecordRule][] = [
    ["answers", recordRule(fields.section("validate_answer_rrs"))],
    ["authorities", recordRule(fields.section("validate_authority_rrs"))],
    ["additionals", recordRule(fields.section("validate_additional_rrs"))],
  ];
  if (!isDomainName(name)) fields.complain("query_name", "must be a domain name");
  if (overTls && transport !== "tcp")
    fields.complain("dns_over_tls", "needs transport_protocol tcp");
  for (const code of rcodes) {
    if (!RCODES.includes(code))
      fields.complain("valid_rcodes", `must be codes of DNS, got ${code}`);
  }
  fields.end();
  const options: DnsProbeOptions = {
    ...{ family, type, class: ofClass, recursionDesired, minAnswers: 0, allowTruncated: true, tls },
    name: isDomainName(name) ? name : "unknown",
    transport: overTls ? "tls" : transport,
    rcodes: rcodes.length === 0 ? ["NOERROR"] : rcodes,
    ...(sourceAddress !== undefined && { sourceAddress }),
  };
  return ({ target }) => dnsRun(options, target, rules);
}

function dnsRun(
  options: DnsProbeOptions,
  target: string,
  rules: readonly [Section, RecordRule][],
): ModuleRun {
  const probe = dnsProbe(options);
  return {
    probe: {
      ...probe,
      async run(asked, context) {
        const result = await probe.run(asked, context);
        const answer = result.details?.answer;
        if (!result.success || answer === undefined) return result;
        for (const [section, rule] of rules) {
          const problem = rule(answer[section].map(lineOf));
          if (problem !== undefined)
            return { ...result, success: false, error: new Error(problem) };
        }
        return result;
      },
    },
    target: targetOf(target),
    gauges: (result) => dnsGauges(result as ProbeResult<DnsDetails>, options.type === "SOA"),
  };
}

function dnsGauges(result: ProbeResult<DnsDetails>, asksSoa: boolean): Gauge[] {
  const answer = result.details?.answer;
  const serial = answer?.answers.find(({ type }) => type === "SOA")?.data.split(" ")[2];
  return [
    gaugeBy("probe_dns_duration_seconds", "Duration of DNS request by phase", "phase", {
      resolve: seconds(result, "dns"),
      connect: seconds(result, "connect", "tls"),
      request: seconds(result, "write", "first_byte", "transfer"),
    }),
    gauge(
      "probe_dns_answer_rrs",
      "Returns number of entries in the answer resource record list",
      answer?.answers.length ?? 0,
    ),
    gauge(
      "probe_dns_authority_rrs",
      "Returns number of entries in the authority resource record list",
      answer?.authorities.length ?? 0,
    ),
    gauge(
      "probe_dns_additional_rrs",
      "Returns number of entries in the additional resource record list",
      answer?.additionals.length ?? 0,
    ),
    gauge(
      "probe_dns_query_succeeded",
      "Displays whether or not the query was executed successfully",
      Number(answer !== undefined),
    ),
    ...(asksSoa && answer !== undefined
      ? [gauge("probe_dns_serial", "Returns the serial number of the zone", Number(serial ?? 0))]
      : []),
  ];
}

function recordRule(fields: Fields): RecordRule {
  const none = fields.patterns("fail_if_matches_regexp");
  const notAll = fields.patterns("fail_if_all_match_regexp");
  const each = fields.patterns("fail_if_not_matches_regexp");
  const any = fields.patterns("fail_if_none_matches_regexp");
  fields.end();
  return (lines) => {
    if (lines.length === 0 && each.length + any.length > 0) return "there are no records";
    const isIn = (line: string) => (pattern: RegExp) => matches(pattern, line);
    if (lines.some((line) => none.some(isIn(line)))) return "a record matches";
    // Despite the key's name, the exporter fails if a record does not match all of these.
    if (notAll.length > 0 && !lines.every((line) => notAll.every(isIn(line))))
      return "not all records match";
    if (!lines.every((line) => each.every(isIn(line)))) return "a record does not match";
    if (any.length > 0 && !lines.some((line) => any.some(isIn(line)))) return "no record matches";
    return undefined;
  };
}

/** A record as the exporter matches it: its parts, separated by tabs. */
function lineOf({ name, ttl, class: ofClass, type, data }: DnsRecord): string {
  return [name, ttl, ofClass, type, data].join("\t");
}
