import type { Fields } from "../../files/fields.ts";
import type { Probe } from "../../probe/contract.ts";
import { execProbe, type ExecProbeOptions } from "../../probe/probes/exec.ts";
import { grpcProbe } from "../../probe/probes/grpc.ts";
import { httpProbe } from "../../probe/probes/http.ts";
import { pingProbe } from "../../probe/probes/ping.ts";
import { tcpProbe } from "../../probe/probes/tcp.ts";
import { tlsProbe } from "../../probe/probes/tls.ts";

/** The probe types that files can name, each with a factory that takes the other fields. */
export const probeTypes: Readonly<Record<string, (options: Fields) => Probe>> = {
  tcp: (options) => tcpProbe(options),
  http: (options) => httpProbe(options),
  tls: (options) => tlsProbe(options),
  grpc: (options) => grpcProbe(options),
  ping: (options) => pingProbe(options),
  exec: (options) => execProbe(options as unknown as ExecProbeOptions),
};
