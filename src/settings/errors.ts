import { TaskmonError } from "../shared/errors.ts";

/** One thing that is wrong with settings. */
export interface SettingsProblem {
  /** Who or what said it: `update`, `TASKMON_ENABLED`, `/etc/checkout/settings.yaml:3:5`. */
  readonly where: string;
  /** What is wrong: the setting's name, what it must be, and what it is. */
  readonly message: string;
}

/** Settings were refused as a whole, or cannot be had. Has every problem, the first 20 of each place. */
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
