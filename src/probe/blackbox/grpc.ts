import type { ProbeResult } from "../contract.ts";
import { SERVING } from "../probes/grpc/call.ts";
import { type GrpcDetails, grpcProbe } from "../probes/grpc.ts";
import { targetOf } from "../target.ts";
import type { Fields } from "./fields.ts";
import { type Gauge, gauge, gaugeBy } from "./gauges.ts";
import { familyOf, type Prober, seconds } from "./prober.ts";
import { tlsConfig } from "./tls-config.ts";
import { tlsGauges } from "./tls-gauges.ts";

/** The code of a call that never reached a server: UNAVAILABLE. */
const UNAVAILABLE = 14;

/** Reads a grpc module. */
export function grpcModule(fields: Fields): Prober {
  const family = familyOf(fields);
  const service = fields.text("service") ?? "";
  const secure = fields.flag("tls", false);
  const tls = tlsConfig(fields.section("tls_config"));
  fields.end();
  return ({ target }) => ({
    probe: grpcProbe({ family, service, port: secure ? 443 : 80, ...(secure && { tls }) }),
    target: targetOf(target.replace(/^https?:\/\//, "")),
    gauges: (result) => grpcGauges(result as ProbeResult<GrpcDetails>, tls.verify !== false),
  });
}

function grpcGauges(result: ProbeResult<GrpcDetails>, verify: boolean): Gauge[] {
  const { tls, servingStatus, grpcStatus, address } = result.details ?? {};
  const resolved = address !== undefined;
  const answered = grpcStatus === 0;
  const check = seconds(result, "connect", "tls", "write", "first_byte", "transfer");
  const shown = answered ? tlsGauges(result, tls, { verify, lastChain: false }) : [];
  return [
    gaugeBy("probe_grpc_duration_seconds", "Duration of gRPC request by phase", "phase", {
      ...(resolved && { check }),
      resolve: resolved ? seconds(result, "dns") : 0,
    }),
    gauge(
      "probe_grpc_ssl",
      "Indicates if SSL was used for the connection",
      Number(answered && tls !== undefined),
    ),
    gauge(
      "probe_grpc_status_code",
      "Response gRPC status code",
      resolved ? (grpcStatus ?? UNAVAILABLE) : 0,
    ),
    ...(resolved
      ? [
          gaugeBy(
            "probe_grpc_healthcheck_response",
            "Response HealthCheck response",
            "serving_status",
            Object.fromEntries(SERVING.map((status) => [status, Number(status === servingStatus)])),
          ),
        ]
      : []),
    ...(shown.length > 0
      ? shown
      : [gauge("probe_ssl_earliest_cert_expiry", "Returns last SSL chain expiry in unixtime", 0)]),
  ];
}
