import { readFileBytes } from "../../files/read-text.ts";
import { InvalidOptionError, messageOf } from "../../shared/errors.ts";
import { ConfigKeyError } from "./decrypt-errors.ts";

/** The source of an age key: one of the three. It is read again for every configuration file. */
export interface AgeKey {
  /** The path of a file in the format of `age-keygen`: a key on each line, and comments. */
  readonly keyFile?: string;
  /** The name of an environment variable that holds one key. */
  readonly keyVariable?: string;
  /** Returns the text of a key file, for example from a key service. */
  readonly key?: () => string | Promise<string>;
}

/**
 * Makes a function that answers the keys, `AGE-SECRET-KEY-1…`; it rejects with a ConfigKeyError
 * `ERR_TASKMON_CONFIG_KEY` where there are none.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` where none or several of the three are given
 */
export function ageKeys(options: AgeKey): () => Promise<string[]> {
  const { keyFile, keyVariable, key } = options;
  const given = [keyFile, keyVariable, key].filter((one) => one !== undefined);
  if (given.length !== 1) {
    throw new InvalidOptionError(
      "ageDecrypt",
      "an object with one of keyFile, keyVariable and key",
      options,
    );
  }
  if (key !== undefined && typeof key !== "function") {
    throw new InvalidOptionError("ageDecrypt.key", "a function", key);
  }
  const [what, read] =
    keyFile !== undefined
      ? [`the key file ${keyFile}`, () => textOf(keyFile)]
      : keyVariable !== undefined
        ? [`the variable ${keyVariable}`, () => process.env[keyVariable]]
        : ["the function", key!];
  return async () => {
    let text: string | undefined;
    try {
      text = await read();
    } catch (cause) {
      throw new ConfigKeyError(`${what} gives no key: ${messageOf(cause)}`, { cause });
    }
    const keys = (typeof text === "string" ? text : "")
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "" && !line.startsWith("#"));
    if (keys.length === 0) throw new ConfigKeyError(`${what} gives no key`);
    if (!keys.every((line) => line.startsWith("AGE-SECRET-KEY-"))) {
      throw new ConfigKeyError(`${what} gives something that is no key of age`);
    }
    return keys;
  };
}

async function textOf(file: string): Promise<string> {
  const bytes = await readFileBytes(file);
  if (typeof bytes === "string") throw new Error(bytes);
  return new TextDecoder().decode(bytes);
}
