import { InvalidOptionError } from "../../shared/errors.ts";
import {
  choiceOption,
  integerOption,
  methodsOption,
  numberOption,
  optionsObject,
  textOption,
} from "../../shared/options.ts";
import type { TargetInput } from "../target.ts";
import type { TargetSource } from "./source.ts";

/** The methods that we use of `dns.promises.Resolver`. */
export interface NameResolver {
  resolve4(name: string): Promise<string[]>;
  resolve6(name: string): Promise<string[]>;
  resolveSrv(name: string): Promise<{ name: string; port: number }[]>;
}

/** Options of {@link dnsTargets}. */
export interface DnsTargetsOptions {
  /** The names to look up, fully qualified: search domains and the hosts file are not used. */
  readonly names: readonly string[];
  /** The record type to look up; `SRV` records include ports. @default "SRV" */
  readonly type?: "SRV" | "A" | "AAAA";
  /** The port of the targets. Required unless the records include it. */
  readonly port?: number;
  /** How often to refresh, in milliseconds. @default 30000 */
  readonly refreshMs?: number;
  /** The most targets; a longer list is rejected. @default 10000 */
  readonly maxTargets?: number;
  /** Looks up the records. @default one with the system's servers */
  readonly resolver?: NameResolver;
}

/**
 * Targets from DNS: one for each address or service of a name. If a lookup fails, the last list stays; a name without
 * such records has no targets.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function dnsTargets(options: DnsTargetsOptions): TargetSource {
  const given = optionsObject("dnsTargets", options, [
    ...(["names", "type", "port", "refreshMs", "maxTargets", "resolver"] as const),
  ]);
  if (!Array.isArray(given.names) || given.names.length === 0) {
    throw new InvalidOptionError("dnsTargets.names", "a list of names", given.names);
  }
  const names = (given.names as readonly unknown[]).map((name, at) =>
    textOption(`dnsTargets.names[${at}]`, name),
  );
  const type = choiceOption("dnsTargets.type", given.type, ["SRV", "A", "AAAA"]);
  if (type !== "SRV" && given.port === undefined) {
    throw new InvalidOptionError(
      "dnsTargets.port",
      `the port of the targets, because ${type} records have none`,
      undefined,
    );
  }
  const port = integerOption("dnsTargets.port", given.port, { min: 1, max: 65_535, default: 1 });
  const max = integerOption("dnsTargets.maxTargets", given.maxTargets, {
    ...{ min: 1, max: 1_000_000, default: 10_000 },
  });
  if (given.resolver !== undefined) {
    methodsOption("dnsTargets.resolver", given.resolver, ["resolve4", "resolve6", "resolveSrv"]);
  }
  let resolver = given.resolver;
  return {
    kind: "dns",
    refreshMs: numberOption("dnsTargets.refreshMs", given.refreshMs, {
      ...{ min: 100, max: 86_400_000, default: 30_000 },
    }),
    async list() {
      // Loaded at first use: importing does nothing.
      const { promises } = process.getBuiltinModule("node:dns");
      resolver ??= new promises.Resolver({ timeout: 5_000, tries: 2 });
      const targets: TargetInput[] = [];
      for (const name of names) {
        targets.push(...(await resolve(resolver, name, type, port)));
        if (targets.length > max) throw new RangeError(`There are more than ${max} targets`);
      }
      return { targets };
    },
  };
}

async function resolve(
  resolver: NameResolver,
  name: string,
  type: "SRV" | "A" | "AAAA",
  port: number,
): Promise<TargetInput[]> {
  try {
    if (type === "SRV") {
      const services = await resolver.resolveSrv(name);
      return services.map((service) => ({ host: service.name, port: service.port }));
    }
    const addresses = await (type === "A" ? resolver.resolve4(name) : resolver.resolve6(name));
    return addresses.map((address) => ({
      name: type === "A" ? `${address}:${port}` : `[${address}]:${port}`,
      ...{ host: name, port, address },
    }));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENODATA" || code === "ENOTFOUND") return [];
    throw new Error(`${name} cannot be resolved`, { cause: error });
  }
}
