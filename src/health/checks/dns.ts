import { Resolver } from "node:dns/promises";
import { choiceOption, optionsObject, textOption } from "../../shared/options.ts";
import { type DependencyCheck, dependencyCheck } from "./scoped.ts";

/** Options of {@link dnsCheck}. */
export interface DnsCheckOptions {
  /** The name to resolve. */
  readonly name: string;
  /** The record type that must exist. @default "A" */
  readonly type?: "A" | "AAAA" | "CNAME" | "MX" | "NS" | "SRV" | "TXT";
  /** Servers to ask, as `address` or `address:port`. @default the system's */
  readonly servers?: readonly string[];
}

/**
 * Checks whether a name resolves. Asks the servers itself: `getaddrinfo` would block one of the few threads
 * that also serve file access, and cannot be cancelled.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function dnsCheck(options: DnsCheckOptions): DependencyCheck {
  const given = optionsObject("dnsCheck", options, ["name", "type", "servers"]);
  const name = textOption("dnsCheck.name", given.name);
  const type = choiceOption("dnsCheck.type", given.type, [
    "A",
    "AAAA",
    "CNAME",
    "MX",
    "NS",
    "SRV",
    "TXT",
  ]);
  const { servers } = given;
  return dependencyCheck(async ({ signal }) => {
    const resolver = new Resolver();
    if (servers !== undefined) resolver.setServers(servers);
    const cancel = (): void => resolver.cancel();
    signal.addEventListener("abort", cancel, { once: true });
    try {
      const records = (await resolver.resolve(name, type)) as unknown[];
      if (records.length === 0) throw new Error(`${name} has no ${type} record`);
      return { status: "pass", data: { records: records.length } };
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  });
}
