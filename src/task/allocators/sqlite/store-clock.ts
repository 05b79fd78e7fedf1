import { uptime } from "node:os";

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
 *
 * In Bun and Deno that clock begins anew in each process (Bun 1.4, Deno 2.9), so there it is the time
 * since the boot, which goes on in a suspend.
 */
export function systemStoreClock(versions: NodeJS.ProcessVersions = process.versions): StoreClock {
  const isOfProcess = versions["bun"] !== undefined || versions["deno"] !== undefined;
  return {
    now: isOfProcess ? sinceBootMs : () => Number(process.hrtime.bigint()) / 1e6,
    wallTime: () => Date.now(),
    bootId: readBootId(),
  };
}

/** In steps of 10 ms where Linux lets us read it, else of a second. */
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
