import { readFileSync } from "node:fs";

/** Which names the system tries for a name that is given without its domain. */
export interface SearchList {
  /** Domains to append: `svc.cluster.local`. */
  readonly domains: readonly string[];
  /** A name with this many dots is tried as it stands first. */
  readonly ndots: number;
}

/** What glibc takes at most: 15 dots. */
const MAX_NDOTS = 15;

/** What `/etc/resolv.conf` says; nothing is appended where there is no such file. */
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

/** The absolute names to try for a name, in their order. A name that ends with a dot stands alone. */
export function candidates(name: string, { domains, ndots }: SearchList): string[] {
  if (name.endsWith(".")) return [name.slice(0, -1)];
  const searched = domains.map((domain) => `${name}.${domain}`);
  const dots = name.split(".").length - 1;
  return dots >= ndots ? [name, ...searched] : [...searched, name];
}
