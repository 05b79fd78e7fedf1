import { promisify } from "node:util";
import { keysOf, integerOption, optionsObject } from "../../shared/options.ts";

/** Options of {@link inflated}. */
export interface InflatedOptions {
  /** The largest size of the decompressed file, in bytes. @default 4194304, which is 4 MiB */
  readonly maxBytes?: number;
}

/**
 * Makes a `decode` for files that zlib has deflated, such as the packed Cap'n Proto messages of OysterPack's
 * `MarshalCapnpMessage`. Inflating ends where a file becomes longer than it may: a short file may hide a
 * huge one.
 * @param decode makes a value of the inflated bytes
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function inflated(
  decode: (bytes: Uint8Array, file: string) => unknown,
  options?: InflatedOptions,
): (bytes: Uint8Array, file: string) => Promise<unknown> {
  const { maxBytes } = optionsObject<InflatedOptions>("inflated", options, KEYS);
  const maxOutputLength = integerOption("inflated.maxBytes", maxBytes, {
    min: 1,
    max: 1_073_741_824,
    default: 4_194_304,
  });
  return async (bytes, file) => {
    const { inflate } = process.getBuiltinModule("node:zlib");
    let plain: Uint8Array;
    try {
      plain = await promisify<Uint8Array, { maxOutputLength: number }, Buffer>(inflate)(bytes, {
        maxOutputLength,
      });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const isTooLong = code === "ERR_BUFFER_TOO_LARGE";
      const what = isTooLong ? `it is longer than ${maxOutputLength} bytes` : "it is not of zlib";
      throw new Error(what, { cause: error });
    }
    return decode(plain, file);
  };
}

const KEYS = keysOf<InflatedOptions>({ maxBytes: true });
