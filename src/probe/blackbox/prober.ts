import type { Probe, ProbePhase, ProbeResult, Target } from "../contract.ts";
import type { AddressFamily } from "../net/resolver.ts";
import type { Fields } from "./fields.ts";
import type { Gauge } from "./gauges.ts";

/** One run of a module: a probe, its target, and a function that makes metrics from the result. */
export interface ModuleRun {
  readonly probe: Probe;
  readonly target: Target;
  gauges(result: ProbeResult): readonly Gauge[];
}

/** The parameters of one run of a module. */
export interface ModuleQuery {
  readonly target: string;
  /** The parameter `hostname`: the host name for HTTP and TLS. */
  readonly hostname: string | undefined;
  /** Whether a redirect may lead to a host and port. */
  readonly allows: (host: string, port: number) => boolean;
}

/** A kind of module. */
export type Prober = (query: ModuleQuery) => ModuleRun;

/** Reads which family is preferred; the real exporter prefers IPv6. */
export function familyOf(fields: Fields): AddressFamily {
  const preferred = fields.choice("preferred_ip_protocol", ["ip4", "ip6"]) ?? "ip6";
  const fallback = fields.flag("ip_protocol_fallback", true);
  if (preferred === "ip4") return fallback ? "prefer4" : 4;
  return fallback ? "prefer6" : 6;
}

/** The total duration of some phases, in seconds. */
export function seconds({ phasesMs = {} }: ProbeResult, ...phases: readonly ProbePhase[]): number {
  return phases.reduce((sum, phase) => sum + (phasesMs[phase] ?? 0), 0) / 1_000;
}

/** The target with `port` added, unless it already has a port. */
export function withPort(target: string, port: number): string {
  if (/^\[[^\]]*\]:\d+$|^[^:]*:\d+$/.test(target)) return target;
  return target.includes(":") && !target.startsWith("[")
    ? `[${target}]:${port}`
    : `${target}:${port}`;
}
