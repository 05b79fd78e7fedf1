import type { StandardSchema } from "./standard-schema.ts";

/** One service's configuration. */
export interface ServiceConfig {
  /** Where it is looked for; the first file that is there counts. */
  readonly files: readonly string[];
  /** The file that holds it; undefined where there is none. */
  path(): Promise<string | undefined>;
  /**
   * Reads and validates it. Undefined where there is no file: absent is no error.
   *
   * Rejects with an AppError of the kind `ConfigFailure` for a file that cannot be read, cannot be parsed,
   * is too long, cannot be decrypted, or is wrong; it names file, line and column, and no value.
   */
  read<T>(schema: StandardSchema<T>): Promise<T | undefined>;
  /**
   * Reads it again whenever the file changes, and calls `onChange` with each configuration that is right
   * and that `read` and `onChange` have not given already; with undefined when the file is gone. A wrong
   * one changes nothing, and is reported.
   * @returns a function that ends it
   */
  watch<T>(schema: StandardSchema<T>, onChange: (config: T | undefined) => void): () => void;
}
