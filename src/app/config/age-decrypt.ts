import { keysOf, methodsOption, optionsObject } from "../../shared/options.ts";
import { type AgeKey, ageKeys } from "./age-key.ts";
import {
  AgeMissingError,
  ConfigKeyError,
  DamagedConfigError,
  PlainConfigError,
  WrongConfigKeyError,
} from "./decrypt-errors.ts";

/** The parts that we use of the package age-encryption, https://github.com/FiloSottile/typage. */
export interface AgeModule {
  readonly Decrypter: new () => {
    addIdentity(identity: string | { unwrapFileKey(stanzas: unknown): null }): void;
    decrypt(file: Uint8Array): Promise<Uint8Array>;
  };
  readonly armor: { decode(text: string): Uint8Array };
}

/** Options of {@link ageDecrypt}. */
export interface AgeDecryptOptions extends AgeKey {
  /** The module `age-encryption`. @default the one that is installed, loaded with the first file */
  readonly age?: AgeModule;
}

/** How every age file begins: https://age-encryption.org/v1. */
const BEGIN = "age-encryption.org/";
const ARMOR_BEGIN = "-----BEGIN AGE ENCRYPTED FILE-----";

/**
 * Creates the option `decrypt` for a folder of files that are encrypted with age, armored or not. A file that is
 * not encrypted is rejected.
 *
 * It rejects with one of these, which `ConfigFailure` has as its cause: ConfigKeyError
 * `ERR_TASKMON_CONFIG_KEY`, WrongConfigKeyError `ERR_TASKMON_CONFIG_WRONG_KEY`, DamagedConfigError
 * `ERR_TASKMON_CONFIG_DAMAGED`, PlainConfigError `ERR_TASKMON_CONFIG_PLAIN`, AgeMissingError
 * `ERR_TASKMON_AGE_MISSING`.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function ageDecrypt(
  options: AgeDecryptOptions,
): (bytes: Uint8Array, file: string) => Promise<Uint8Array> {
  const given = optionsObject<AgeDecryptOptions>("ageDecrypt", options, KEYS);
  const keys = ageKeys(given);
  if (given.age !== undefined) methodsOption("ageDecrypt.age", given.age, ["Decrypter"]);
  return async (bytes) => {
    const isArmored = startsLike(bytes, ARMOR_BEGIN);
    if (!isArmored && !startsLike(bytes, BEGIN)) throw new PlainConfigError();
    const age = given.age ?? (await installedAge());
    const decrypter = new age.Decrypter();
    for (const key of await keys()) {
      try {
        decrypter.addIdentity(key);
      } catch {
        throw new ConfigKeyError("a key of age is misspelt");
      }
    }
    // Asked last, and only where no key has matched.
    let hasMatched = true;
    decrypter.addIdentity({ unwrapFileKey: () => ((hasMatched = false), null) });
    try {
      return await decrypter.decrypt(isArmored ? age.armor.decode(textOf(bytes)) : bytes);
    } catch (error) {
      throw hasMatched ? new DamagedConfigError(error) : new WrongConfigKeyError();
    }
  };
}

const KEYS = keysOf<AgeDecryptOptions>({ keyFile: true, keyVariable: true, key: true, age: true });

/** Whether a file begins like an age file, even if it is too short for the whole beginning. */
function startsLike(bytes: Uint8Array, begin: string): boolean {
  return begin.startsWith(textOf(bytes.subarray(0, begin.length)));
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}

async function installedAge(): Promise<AgeModule> {
  // In a variable: bundlers leave it, since it may not be there.
  const name = "age-encryption";
  try {
    return (await import(name)) as AgeModule;
  } catch (error) {
    throw new AgeMissingError(error);
  }
}
