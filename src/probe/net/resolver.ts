import { lookup as systemLookup, Resolver as CaresResolver } from "node:dns/promises";
import { isIP } from "node:net";
import { systemClock, type Clock } from "../../shared/clock.ts";
import { numberOption, optionsObject } from "../../shared/options.ts";
import { untilAborted } from "../../shared/timeout.ts";
import { ProbeError } from "../errors.ts";
import { hostsFile, hostsPath } from "./hosts-file.ts";
import { candidates, type SearchList, systemSearchList } from "./search-list.ts";
import { type Fresh, TtlCache } from "./ttl-cache.ts";

/** The wanted address family of a host: only one family, or a preferred one. */
export type AddressFamily = 4 | 6 | "prefer4" | "prefer6";

/** Where to connect. */
export interface ResolvedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Finds the address of a host. */
export interface ProbeResolver {
  /**
   * The first address of a host, of the wanted family.
   * @throws ProbeError `dns_not_found`, `dns_failure` or `dns_timeout`
   */
  resolve(host: string, family: AddressFamily, signal: AbortSignal): Promise<ResolvedAddress>;
}

/** Options of {@link createResolver}. */
export interface ResolverOptions {
  /** Servers to ask, as `address` or `address:port`. @default the system's */
  readonly servers?: readonly string[];
  /** How long an address is cached at most, in milliseconds, whatever its TTL. @default 300000 */
  readonly maxTtlMs?: number;
  /** How long a failure is cached, in milliseconds. @default 1000 */
  readonly errorTtlMs?: number;
  /** The time limit of one query, in milliseconds; each server is asked twice. @default 2500 */
  readonly queryTimeoutMs?: number;
  /** @default the system's, or an empty one with `servers` */
  readonly searchList?: SearchList;
  /** The path of the hosts file. @default the system's */
  readonly hostsFile?: string;
  /** The system lookup, for names that no server knows. @default `dns.lookup` */
  readonly lookup?: (host: string, family: 0 | 4 | 6) => Promise<ResolvedAddress>;
  readonly clock?: Clock;
}

/** The shortest time that we cache a record, even if its TTL is zero. */
const MIN_TTL_MS = 1_000;
/** The system's own answers have no time to live. */
const SYSTEM_TTL_MS = 30_000;
const MAX_ENTRIES = 20_000;
const NOT_FOUND = new Set(["ENOTFOUND", "ENODATA", "EBADNAME"]);

/**
 * A resolver with the results of `dns.lookup`, but without its threads: a process has only four, also for
 * files, and a few hundred targets with a slow server block them all. It reads the hosts file, asks the
 * servers for each name of the search list, and caches an answer for its TTL. Only a name that no server
 * knows goes to `dns.lookup`, which may know other sources.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function createResolver(options?: ResolverOptions): ProbeResolver {
  const given = optionsObject("createResolver", options, [
    ...(["servers", "maxTtlMs", "errorTtlMs", "queryTimeoutMs", "searchList"] as const),
    ...(["hostsFile", "lookup", "clock"] as const),
  ]);
  const clock = given.clock ?? systemClock();
  const maxTtlMs = ttlOption("createResolver.maxTtlMs", given.maxTtlMs, 300_000);
  const errorTtlMs = ttlOption("createResolver.errorTtlMs", given.errorTtlMs, 1_000);
  const timeout = ttlOption("createResolver.queryTimeoutMs", given.queryTimeoutMs, 2_500);
  const cares = new CaresResolver({ timeout, tries: 2 });
  if (given.servers !== undefined) cares.setServers(given.servers);
  const noSearch: SearchList = { domains: [], ndots: 1 };
  const searchList =
    given.searchList ?? (given.servers === undefined ? systemSearchList() : noSearch);
  const inHostsFile = hostsFile(given.hostsFile ?? hostsPath(), clock);
  const lookup = given.lookup ?? systemAddress;
  const cache = new TtlCache<ResolvedAddress>(clock, { maxEntries: MAX_ENTRIES, errorTtlMs });

  const ask = async (host: string, family: AddressFamily): Promise<Fresh<ResolvedAddress>> => {
    for (const name of candidates(host, searchList)) {
      for (const one of familiesOf(family)) {
        const found = await query(cares, name, one);
        if (found !== undefined) {
          return { ...found, ttlMs: Math.min(maxTtlMs, Math.max(MIN_TTL_MS, found.ttlMs)) };
        }
      }
    }
    return { value: await askSystem(lookup, host, family), ttlMs: SYSTEM_TTL_MS };
  };
  return {
    async resolve(host, family, signal) {
      const literal = isIP(host.replace(/%.*/, "")) as 0 | 4 | 6;
      if (literal !== 0) return checkedLiteral(host, literal, family);
      const listed = inHostsFile(host).map((address) => ({
        address,
        family: isIP(address) as 4 | 6,
      }));
      const known = familiesOf(family)
        .map((wanted) => listed.find((one) => one.family === wanted))
        .find((one) => one !== undefined);
      if (known !== undefined) return known;
      const asked = cache.get(`${family} ${host.toLowerCase()}`, () => ask(host, family));
      await untilAborted(
        asked.catch(() => undefined),
        signal,
      );
      if (signal.aborted) throw new ProbeError("dns_timeout", `${host} was not resolved in time`);
      return asked;
    },
  };
}

let shared: ProbeResolver | undefined;

/** The default resolver, with a cache that all probes share. */
export function sharedResolver(): ProbeResolver {
  return (shared ??= createResolver());
}

/** The families to look for, in their order. */
export function familiesOf(family: AddressFamily): readonly (4 | 6)[] {
  if (family === "prefer4") return [4, 6];
  return family === "prefer6" ? [6, 4] : [family];
}

function checkedLiteral(host: string, literal: 4 | 6, family: AddressFamily): ResolvedAddress {
  if (family === 4 || family === 6) {
    if (family !== literal) {
      throw new ProbeError("dns_not_found", `${host} is not an IPv${family} address`);
    }
  }
  return { address: host, family: literal };
}

/** The first address that the servers return for a name; undefined if they know none. */
async function query(
  cares: CaresResolver,
  name: string,
  family: 4 | 6,
): Promise<Fresh<ResolvedAddress> | undefined> {
  try {
    const records = await (family === 4
      ? cares.resolve4(name, { ttl: true })
      : cares.resolve6(name, { ttl: true }));
    const [first] = records;
    if (first === undefined) return undefined;
    const ttlMs = Math.min(...records.map(({ ttl }) => ttl)) * 1_000;
    return { value: { address: first.address, family }, ttlMs };
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    // ECONNREFUSED: no server is running, but the system may still know the name.
    if (NOT_FOUND.has(code) || code === "ECONNREFUSED") return undefined;
    const type = code === "ETIMEOUT" ? "dns_timeout" : "dns_failure";
    throw new ProbeError(type, `${name} was not resolved: ${code}`, { cause: error });
  }
}

async function askSystem(
  lookup: NonNullable<ResolverOptions["lookup"]>,
  host: string,
  family: AddressFamily,
): Promise<ResolvedAddress> {
  let cause: unknown;
  for (const one of familiesOf(family)) {
    try {
      return await lookup(host, one);
    } catch (error) {
      cause = error;
    }
  }
  const { code } = cause as NodeJS.ErrnoException;
  const type = code === "ENOTFOUND" || code === "ENODATA" ? "dns_not_found" : "dns_failure";
  const message =
    type === "dns_not_found" ? `${host} does not exist` : `${host} was not resolved: ${code}`;
  throw new ProbeError(type, message, { cause });
}

async function systemAddress(host: string, family: 0 | 4 | 6): Promise<ResolvedAddress> {
  return (await systemLookup(host, { family })) as ResolvedAddress;
}

function ttlOption(option: string, value: unknown, byDefault: number): number {
  return numberOption(option, value, { min: 1, max: 86_400_000, default: byDefault });
}
