import { readFileSync } from "node:fs";

/** How the system completes a name without a domain. */
export interface SearchList {
  /** Domains to append: `svc.cluster.local`. */
  readonly domains: readonly string[];
  /** A name with at least this many dots is tried unchanged first. */
  readonly ndots: number;
}

/** glibc's maximum. */
const MAX_NDOTS = 15;

/** The search list of `/etc/resolv.conf`; empty if there is no such file. */
export function systemSearchList(path = "/etc/resolv.conf"): SearchList {
  try {
    return parseSearchList(readFileSync(path, "utf8"));
  } catch {
    return { domains: [], ndots: 1 };
  }
}

/** Reads `search`, `domain` and `options ndots:n`; the last `search` or `domain` wins (resolv.conf(5)). */
export function parseSearchList(text: string): SearchList {
  let domains: string[] = [];
  let ndots = 1;
  for (const line of text.split(/\r?\n/)) {
    const [keyword, ...values] = line.trim().split(/\s+/);
    if (keyword === "search" || keyword === "domain") {
      domains = values.map((domain) => domain.replace(/\.$/, "")).filter((domain) => domain !== "");
    }
    const dots = keyword === "options" ? /\bndots:(\d+)/.exec(line)?.[1] : undefined;
    if (dots !== undefined) ndots = Math.min(MAX_NDOTS, Number(dots));
  }
  return { domains, ndots };
}

/** The absolute names to try for a name, in their order. A name with a trailing dot is already absolute. */
export function candidates(name: string, { domains, ndots }: SearchList): string[] {
  if (name.endsWith(".")) return [name.slice(0, -1)];
  const searched = domains.map((domain) => `${name}.${domain}`);
  const dots = name.split(".").length - 1;
  return dots >= ndots ? [name, ...searched] : [...searched, name];
}
