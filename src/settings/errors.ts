import { TaskmonError } from "../shared/errors.ts";

/** One problem of settings. */
export interface SettingsProblem {
  /** Where the value comes from: `update`, `TASKMON_ENABLED`, `/etc/checkout/settings.yaml:3:5`. */
  readonly where: string;
  /** The setting's name, what it must be, and what it is. */
  readonly message: string;
}

/**
 * The settings were rejected as a whole, or could not be read. Lists every problem, at most 20 per origin.
 */
export class SettingsError extends TaskmonError {
  readonly code = "ERR_TASKMON_SETTINGS";
  readonly problems: readonly SettingsProblem[];

  constructor(problems: readonly SettingsProblem[], options?: ErrorOptions) {
    super(problems.map(formatSettingsProblem).join("\n"), options);
    this.problems = problems;
  }
}

/** `/etc/checkout/settings.yaml:3:5: enabled must be true or false, got "yes"` */
export function formatSettingsProblem({ where, message }: SettingsProblem): string {
  return `${where}: ${message}`;
}
