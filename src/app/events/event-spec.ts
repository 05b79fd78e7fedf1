import { formatId, type IdInput, parseNonZeroId } from "../../identity/id.ts";
import { InvalidOptionError } from "../../shared/errors.ts";
import { keysOf, optionsObject } from "../../shared/options.ts";

/** A kind of log event. */
export interface EventSpec {
  /** The name under which it is emitted: `shop.order.placed`. Never has dynamic parts. */
  readonly name: string;
  /** Its 64-bit id in hex, which never changes; undefined for an event without one. */
  readonly id: string | undefined;
}

/** The input of {@link defineEvent}. */
export interface EventSpecInput {
  /** Words of small letters, digits and underscores, joined by dots. */
  readonly name: string;
  /** @default none */
  readonly id?: IdInput;
}

/** The form of event names in the semantic conventions. */
const NAME = /^[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*$/;

/**
 * Declares a kind of event.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function defineEvent(input: EventSpecInput): EventSpec {
  const { name, id } = optionsObject<EventSpecInput>("event", input, KEYS);
  if (typeof name !== "string" || !NAME.test(name)) {
    throw new InvalidOptionError(
      "event.name",
      "words joined by dots, such as shop.order.placed",
      name,
    );
  }
  return Object.freeze({
    name,
    id: id === undefined ? undefined : formatId(parseNonZeroId("event.id", id)),
  });
}

const KEYS = keysOf<EventSpecInput>({ name: true, id: true });
