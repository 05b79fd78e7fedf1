import type { ProbeResult } from "../contract.ts";
import type { ProbeTlsOptions } from "../net/secure.ts";
import type { TcpStep } from "../probes/conversation.ts";
import { type TcpDetails, tcpProbe } from "../probes/tcp.ts";
import { targetOf } from "../target.ts";
import type { Fields } from "./fields.ts";
import { gauge } from "./gauges.ts";
import { familyOf, type Prober } from "./prober.ts";
import { tlsConfig } from "./tls-config.ts";
import { tlsGauges } from "./tls-gauges.ts";

/** Reads a tcp module. */
export function tcpModule(fields: Fields): Prober {
  const family = familyOf(fields);
  const sourceAddress = fields.text("source_ip_address");
  const secure = fields.flag("tls", false);
  const tls = tlsConfig(fields.section("tls_config"));
  const steps = fields.sections("query_response").map((section) => stepOf(section));
  fields.end();
  return ({ target, hostname }) => {
    const named: ProbeTlsOptions = {
      ...(hostname !== undefined && { serverName: hostname }),
      ...tls,
    };
    return {
      probe: tcpProbe({
        family,
        ...(sourceAddress !== undefined && { sourceAddress }),
        ...(secure && { tls: named }),
        steps: steps.map((step) => (step.startTls === true ? { ...step, startTls: named } : step)),
      }),
      target: targetOf(target),
      gauges: (result) => {
        const { details } = result as ProbeResult<TcpDetails>;
        return [
          gauge(
            "probe_failed_due_to_regex",
            "Indicates if probe failed due to regex",
            Number(details?.unmetStep !== undefined),
          ),
          ...tlsGauges(result, details?.tls, { verify: tls.verify !== false }),
        ];
      },
    };
  };
}

function stepOf(section: Fields): TcpStep {
  const expect = section.pattern("expect");
  const send = section.text("send");
  const startTls = section.flag("starttls", false);
  section.end();
  return {
    ...(expect !== undefined && { expect }),
    // The exporter adds a line break to each text that it sends.
    ...(send !== undefined && send !== "" && { send: `${send}\n` }),
    startTls,
  };
}
