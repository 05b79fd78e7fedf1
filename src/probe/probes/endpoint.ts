import { InvalidOptionError } from "../../shared/errors.ts";
import { integerOption } from "../../shared/options.ts";
import type { Target } from "../contract.ts";

/** Host and port of a target. */
export function endpointOf(
  { name, host, port, address }: Target,
  defaultPort: number | undefined,
): { readonly host: string; readonly port: number; readonly address: string | undefined } {
  const reached = port ?? defaultPort;
  if (host === undefined) throw new InvalidOptionError(`target ${name}`, "one with a host", name);
  if (reached === undefined)
    throw new InvalidOptionError(`target ${name}`, "one with a port", name);
  return { host, port: reached, address };
}

/** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` */
export function portOption(option: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  return integerOption(option, value, { min: 1, max: 65_535, default: 0 });
}
