import { uptime } from "node:os";

/** The clock by which a store on one host counts holds. */
export interface StoreClock {
  /** Milliseconds on a scale that all processes share until the next boot and that never jumps. */
  now(): number;
  /** Milliseconds since the Unix epoch. */
  wallTime(): number;
  /** Different after each boot; empty if the system has no boot ids. */
  readonly bootId: string;
}

/**
 * The system's monotonic clock, which restarts at each boot. It stops while the machine is suspended, as
 * its processes do, so a hold only lasts longer.
 *
 * In Bun and Deno that clock restarts in each process (Bun 1.4, Deno 2.9). There we use the time since the
 * boot, which also counts suspends.
 */
export function systemStoreClock(versions: NodeJS.ProcessVersions = process.versions): StoreClock {
  const isOfProcess = versions["bun"] !== undefined || versions["deno"] !== undefined;
  return {
    now: isOfProcess ? sinceBootMs : () => Number(process.hrtime.bigint()) / 1e6,
    wallTime: () => Date.now(),
    bootId: readBootId(),
  };
}

/** In steps of 10 ms on Linux, otherwise in steps of a second. */
function sinceBootMs(): number {
  try {
    const text = process.getBuiltinModule("node:fs").readFileSync("/proc/uptime", "utf8");
    return Number.parseFloat(text) * 1_000;
  } catch {
    return uptime() * 1_000;
  }
}

function readBootId(): string {
  try {
    return process
      .getBuiltinModule("node:fs")
      .readFileSync("/proc/sys/kernel/random/boot_id", "utf8")
      .trim();
  } catch {
    return "";
  }
}
