import { isIP } from "node:net";
import { InvalidOptionError } from "../../shared/errors.ts";
import { methodsOption, optionsObject } from "../../shared/options.ts";
import { type AddressFamily, type ProbeResolver, sharedResolver } from "./resolver.ts";
import { type ProbeTlsOptions, TLS_KEYS } from "./secure.ts";

/** How a probe reaches its targets. */
export interface DialOptions {
  /**
   * Which address of a name is probed: the first of this family, or, with `prefer4` and `prefer6`, of the
   * other family if there is none. A run probes one address: add a second probe for the other family.
   * @default "prefer4"
   */
  readonly family?: AddressFamily;
  /** Resolves names. @default a resolver that all probes share */
  readonly resolver?: ProbeResolver;
  /** The address of this machine to connect from. @default the system's choice */
  readonly sourceAddress?: string;
}

/** The keys of {@link DialOptions}. */
export const DIAL_KEYS: readonly (keyof DialOptions)[] = ["family", "resolver", "sourceAddress"];

/** Checked {@link DialOptions}. */
export interface Dial {
  readonly family: AddressFamily;
  readonly resolver: ProbeResolver;
  readonly sourceAddress: string | undefined;
}

/**
 * @param probe names the options in errors: `tcpProbe`
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function dialOptions(probe: string, given: DialOptions): Dial {
  const { family = "prefer4", resolver, sourceAddress } = given;
  const families: readonly AddressFamily[] = ["prefer4", "prefer6", 4, 6];
  if (!families.includes(family)) {
    throw new InvalidOptionError(`${probe}.family`, `one of ${families.join(", ")}`, family);
  }
  if (sourceAddress !== undefined && isIP(sourceAddress) === 0) {
    throw new InvalidOptionError(`${probe}.sourceAddress`, "an IP address", sourceAddress);
  }
  return {
    family,
    resolver:
      resolver === undefined
        ? lazyResolver
        : methodsOption(`${probe}.resolver`, resolver, ["resolve"]),
    sourceAddress,
  };
}

/** The TLS options of a probe. @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` */
export function tlsOption(option: string, value: unknown): ProbeTlsOptions {
  const given = optionsObject(option, value as ProbeTlsOptions | undefined, TLS_KEYS);
  for (const key of ["serverName", "passphrase", "ciphers"] as const) {
    if (given[key] !== undefined && typeof given[key] !== "string") {
      throw new InvalidOptionError(`${option}.${key}`, "a text", given[key]);
    }
  }
  if (given.verify !== undefined && typeof given.verify !== "boolean") {
    throw new InvalidOptionError(`${option}.verify`, "true or false", given.verify);
  }
  return given;
}

/** Created at the first use, because creating a probe must not open anything. */
const lazyResolver: ProbeResolver = {
  resolve: (host, family, signal) => sharedResolver().resolve(host, family, signal),
};
