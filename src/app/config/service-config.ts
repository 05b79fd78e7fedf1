import type { StandardSchema } from "./standard-schema.ts";

/** One service's configuration. */
export interface ServiceConfig {
  /** The paths that we try; the first existing file counts. */
  readonly files: readonly string[];
  /** The file that contains it; undefined if there is none. */
  path(): Promise<string | undefined>;
  /**
   * Reads and validates it. Undefined if there is no file, which is not an error.
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
