import { formatId } from "../identity/id.ts";
import { type EventKinds, type Emit as EmitOf } from "../shared/events.ts";
import {
  HEALTHCHECK_PAUSED,
  HEALTHCHECK_REGISTERED,
  HEALTHCHECK_RESULT,
  HEALTHCHECK_RESUMED,
  ZERO_HEALTHCHECKS,
} from "./constants.ts";

type Event = "registered" | "unregistered" | "paused" | "resumed" | "result" | "none";

/** The events of health checks, with their 64-bit ids in OysterPack. */
export const events: EventKinds<Event> = {
  registered: { eventName: "health.check.registered", id: formatId(HEALTHCHECK_REGISTERED) },
  unregistered: { eventName: "health.check.unregistered" },
  paused: { eventName: "health.check.paused", id: formatId(HEALTHCHECK_PAUSED) },
  resumed: { eventName: "health.check.resumed", id: formatId(HEALTHCHECK_RESUMED) },
  result: { eventName: "health.check.result", id: formatId(HEALTHCHECK_RESULT) },
  none: { eventName: "health.check.none", id: formatId(ZERO_HEALTHCHECKS) },
};

/** Emits an event of a health check. */
export type Emit = EmitOf<Event>;
