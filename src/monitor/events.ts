import type { Emit as EmitOf, EventKinds } from "../shared/events.ts";

type Event = "state" | "trigger";

/** The events of monitors. */
export const events: EventKinds<Event> = {
  state: { eventName: "health.monitor.state" },
  trigger: { eventName: "health.monitor.trigger.failed" },
};

/** Emits an event of a monitor. */
export type Emit = EmitOf<Event>;
