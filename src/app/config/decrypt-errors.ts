import { TaskmonError } from "../../shared/errors.ts";

// Why an encrypted configuration cannot be read: the causes of a `ConfigFailure`. None repeats a key.

/** The key cannot be read or is invalid. */
export class ConfigKeyError extends TaskmonError {
  readonly code = "ERR_TASKMON_CONFIG_KEY";
}

/** The file is encrypted for other keys. */
export class WrongConfigKeyError extends TaskmonError {
  readonly code = "ERR_TASKMON_CONFIG_WRONG_KEY";

  constructor() {
    super("it is encrypted for other keys than the given one");
  }
}

/** The file is truncated, or was changed after its encryption. */
export class DamagedConfigError extends TaskmonError {
  readonly code = "ERR_TASKMON_CONFIG_DAMAGED";

  constructor(cause?: unknown) {
    super("it is truncated, or was changed after its encryption", { cause });
  }
}

/** The file is not encrypted, but must be. */
export class PlainConfigError extends TaskmonError {
  readonly code = "ERR_TASKMON_CONFIG_PLAIN";

  constructor() {
    super("it is not encrypted, but must be");
  }
}

/** The package that decrypts is not installed. */
export class AgeMissingError extends TaskmonError {
  readonly code = "ERR_TASKMON_AGE_MISSING";

  constructor(cause: unknown) {
    super("the package age-encryption is not installed", { cause });
  }
}
