import { TaskmonError } from "../shared/errors.ts";

/** A package of NestJS is neither in the folder where the program was started nor beside its main file. */
export class NestMissingError extends TaskmonError {
  readonly code = "ERR_TASKMON_NEST_MISSING";

  constructor(name: string, instead: string) {
    super(`${name} cannot be found from here; ${instead}`);
  }
}
