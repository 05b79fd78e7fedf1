import { InvalidOptionError } from "../../shared/errors.ts";
import { triggerOf } from "../options.ts";
import type { Trigger, TriggerAnswer, TriggerInput } from "../trigger.ts";

/**
 * Fires triggers one after the other, in their order, and stops at the first that fails. A limited or delayed
 * trigger has not failed. Returns the answer of the triggers if they all agree, else `done`.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function compoundTrigger(triggers: readonly TriggerInput[]): Trigger {
  if (!Array.isArray(triggers))
    throw new InvalidOptionError("compound.triggers", "a list", triggers);
  const children = (triggers as readonly TriggerInput[]).map((trigger, at) =>
    triggerOf(`compound.triggers[${at}]`, trigger),
  );
  return {
    async trigger(context) {
      const answers = new Set<TriggerAnswer>();
      for (const child of children) {
        context.signal.throwIfAborted();
        answers.add((await child.trigger(context)) ?? "done");
      }
      const [answer = "done"] = answers;
      return answers.size === 1 ? answer : "done";
    },
  };
}
