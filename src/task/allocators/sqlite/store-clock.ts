import { readFileSync } from "node:fs";

/** What a store on one host counts holds by. */
export interface StoreClock {
  /** Milliseconds on a scale that all processes of this boot share and that is never stepped. */
  now(): number;
  /** Milliseconds since the Unix epoch. */
  wallTime(): number;
  /** Differs from boot to boot; empty where the system does not name its boots. */
  readonly bootId: string;
}

/**
 * The system's monotonic clock, which begins anew at each boot. It stands still while the machine is
 * suspended, and so do its processes: a hold then only lasts longer.
 */
export function systemStoreClock(): StoreClock {
  return {
    now: () => Number(process.hrtime.bigint()) / 1e6,
    wallTime: () => Date.now(),
    bootId: readBootId(),
  };
}

function readBootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}
