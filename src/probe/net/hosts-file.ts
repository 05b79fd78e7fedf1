import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../shared/clock.ts";

/** Addresses by lower-case name. */
export type Hosts = ReadonlyMap<string, readonly string[]>;

/** A larger file is not read: it cannot be a hosts file. */
const MAX_BYTES = 1_048_576;
/** How often we check whether the file changed. */
const RECHECK_MS = 5_000;

/** The path of the system's hosts file. */
export function hostsPath(platform: NodeJS.Platform = process.platform): string {
  return platform === "win32"
    ? join(process.env["SystemRoot"] ?? "C:\\Windows", "System32", "drivers", "etc", "hosts")
    : "/etc/hosts";
}

/**
 * Looks up names in the hosts file; finds none if the file is missing. The file is read again after it changed.
 */
export function hostsFile(path: string, clock: Clock): (name: string) => readonly string[] {
  let hosts: Hosts = new Map();
  let version = "";
  let checkedAtMs = -Infinity;
  return (name) => {
    const nowMs = clock.now();
    if (nowMs - checkedAtMs >= RECHECK_MS) {
      checkedAtMs = nowMs;
      try {
        const { mtimeMs, size } = statSync(path);
        const found = `${mtimeMs} ${size}`;
        if (found !== version) {
          hosts = size > MAX_BYTES ? new Map() : parseHosts(readFileSync(path, "utf8"));
          version = found;
        }
      } catch {
        hosts = new Map();
        version = "";
      }
    }
    return hosts.get(name.toLowerCase().replace(/\.$/, "")) ?? [];
  };
}

/** Reads lines of an address and its names; `#` begins a comment. */
export function parseHosts(text: string): Hosts {
  const hosts = new Map<string, string[]>();
  for (const line of text.split(/\r?\n/)) {
    const [address, ...names] = line
      .replace(/#.*/, "")
      .trim()
      .split(/[ \t]+/);
    for (const name of names) {
      const key = name.toLowerCase();
      const addresses = hosts.get(key) ?? [];
      if (addresses.length === 0) hosts.set(key, addresses);
      addresses.push(address!);
    }
  }
  return hosts;
}
