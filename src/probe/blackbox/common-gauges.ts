import { isIPv4 } from "node:net";
import type { ProbeResult } from "../contract.ts";
import { type Gauge, gauge } from "./gauges.ts";
import { seconds } from "./prober.ts";

/** The metrics of every prober. */
export function outcomeGauges({ success }: ProbeResult, durationS: number): readonly Gauge[] {
  return [
    gauge("probe_success", "Displays whether or not the probe was a success", Number(success)),
    gauge(
      "probe_duration_seconds",
      "Returns how long the probe took to complete in seconds",
      durationS,
    ),
  ];
}

/** The metrics of every prober for a valid target. */
export function addressGauges(result: ProbeResult): readonly Gauge[] {
  const { address } = (result.details ?? {}) as { readonly address?: string };
  return [
    gauge(
      "probe_dns_lookup_time_seconds",
      "Returns the time taken for probe dns lookup in seconds",
      seconds(result, "dns"),
    ),
    gauge(
      "probe_ip_protocol",
      "Specifies whether probe ip protocol is IP4 or IP6",
      address === undefined ? 0 : isIPv4(address) ? 4 : 6,
    ),
    gauge(
      "probe_ip_addr_hash",
      "Specifies the hash of IP address. It's useful to detect if the IP address changes.",
      address === undefined ? 0 : addressHash(address),
    ),
  ];
}

/** The 32-bit FNV-1a hash of an address' 4 or 16 bytes. */
export function addressHash(address: string): number {
  let hash = 0x811c9dc5;
  for (const byte of addressBytes(address)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

function addressBytes(address: string): number[] {
  if (isIPv4(address)) return address.split(".").map(Number);
  const [head = "", tail] = address.replace(/%.*/, "").split("::");
  const before = groups(head);
  const after = groups(tail ?? "");
  const missing = tail === undefined ? 0 : 16 - before.length - after.length;
  return [...before, ...Array.from({ length: missing }, () => 0), ...after];
}

function groups(text: string): number[] {
  return text
    .split(":")
    .filter(Boolean)
    .flatMap((group) => {
      if (group.includes(".")) return group.split(".").map(Number);
      const value = Number.parseInt(group, 16);
      return [value >> 8, value & 0xff];
    });
}
