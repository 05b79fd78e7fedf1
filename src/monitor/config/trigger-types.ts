import type { Fields } from "../../files/fields.ts";
import { InvalidOptionError } from "../../shared/errors.ts";
import { textOption } from "../../shared/options.ts";
import { compoundTrigger } from "../triggers/compound.ts";
import { type DelayOptions, delayTrigger } from "../triggers/delay.ts";
import { execTrigger, type ExecTriggerOptions } from "../triggers/exec.ts";
import { type RateLimitOptions, rateLimitTrigger } from "../triggers/rate-limit.ts";
import { wakeOnLanTrigger, type WakeOnLanOptions } from "../triggers/wake-on-lan.ts";
import { webhookTrigger, type WebhookOptions } from "../triggers/webhook.ts";
import type { Trigger, TriggerInput } from "../trigger.ts";

/** Creates the nested trigger that a key of the options describes. */
export type BuildTrigger = (key: string) => Trigger;

/**
 * Creates a trigger from its fields in a file, without `type`. The fields are not checked.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`; we add the position in the file
 */
export type TriggerFactory = (options: Fields, build: BuildTrigger) => TriggerInput;

/** The types of triggers that files may name. */
export class TriggerTypes {
  readonly #factories = new Map<string, TriggerFactory>();

  /**
   * Adds a type: `triggerTypes.add("pager", (options) => pagerTrigger(options))`.
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` also if the name already exists
   */
  add(type: string, factory: TriggerFactory): this {
    textOption("triggerTypes.type", type, 64);
    if (this.#factories.has(type)) {
      throw new InvalidOptionError("triggerTypes.type", "a new name", type);
    }
    if (typeof factory !== "function") {
      throw new InvalidOptionError("triggerTypes.factory", "a function", factory);
    }
    this.#factories.set(type, factory);
    return this;
  }

  get(type: string): TriggerFactory | undefined {
    return this.#factories.get(type);
  }

  names(): string[] {
    return [...this.#factories.keys()];
  }
}

/** A new set with the ready-made types; you can add your own. */
export function createTriggerTypes(): TriggerTypes {
  return new TriggerTypes()
    .add("compound", ({ triggers }, build) => {
      if (!Array.isArray(triggers))
        throw new InvalidOptionError("compound.triggers", "a list", triggers);
      return compoundTrigger(triggers.map((_, at) => build(`triggers/${at}`)));
    })
    .add("rateLimit", ({ trigger: _, ...options }, build) =>
      rateLimitTrigger(build("trigger"), options as unknown as RateLimitOptions),
    )
    .add("delay", ({ trigger: _, ...options }, build) =>
      delayTrigger(build("trigger"), options as unknown as DelayOptions),
    )
    .add("exec", (options) => execTrigger(options as unknown as ExecTriggerOptions))
    .add("webhook", (options) => webhookTrigger(options as unknown as WebhookOptions))
    .add("wakeOnLan", (options) => wakeOnLanTrigger(options as unknown as WakeOnLanOptions));
}

/**
 * The default trigger types that files can name. A module that you load with `--import ./pager.js` can add
 * more.
 */
export const triggerTypes: TriggerTypes = createTriggerTypes();
