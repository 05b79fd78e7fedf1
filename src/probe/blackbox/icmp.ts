import type { ProbeResult } from "../contract.ts";
import { type PingDetails, pingProbe } from "../probes/ping.ts";
import { targetOf } from "../target.ts";
import type { Fields } from "./fields.ts";
import { gauge, gaugeBy } from "./gauges.ts";
import { familyOf, type Prober, seconds } from "./prober.ts";

/** Reads an icmp module. */
export function icmpModule(fields: Fields): Prober {
  const family = familyOf(fields);
  const sourceAddress = fields.text("source_ip_address");
  for (const key of ["dont_fragment", "payload_size", "ttl"]) {
    fields.unsupported(key, "icmp goes through the system's ping command");
  }
  fields.end();
  return ({ target }) => ({
    probe: pingProbe({ family, ...(sourceAddress !== undefined && { sourceAddress }) }),
    target: targetOf(target),
    gauges: (result) => {
      const { roundTripMs = 0, hopLimit } = (result as ProbeResult<PingDetails>).details ?? {};
      const waited = seconds(result, "first_byte");
      return [
        gaugeBy("probe_icmp_duration_seconds", "Duration of icmp request by phase", "phase", {
          resolve: seconds(result, "dns"),
          rtt: roundTripMs / 1_000,
          setup: Math.max(0, waited - roundTripMs / 1_000),
        }),
        ...(hopLimit === undefined
          ? []
          : [
              gauge(
                "probe_icmp_reply_hop_limit",
                "Replied packet hop limit (TTL for ipv4)",
                hopLimit,
              ),
            ]),
      ];
    },
  });
}
