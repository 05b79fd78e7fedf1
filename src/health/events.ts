import { type EventKinds, type Emit as EmitOf } from "../shared/events.ts";

type Event = "registered" | "unregistered" | "paused" | "resumed" | "result" | "none";

/** The events of health checks, with the 64-bit ids that they are known by. */
export const events: EventKinds<Event> = {
  registered: { eventName: "health.check.registered", id: "b5f3142d410a2375" },
  unregistered: { eventName: "health.check.unregistered" },
  paused: { eventName: "health.check.paused", id: "c7a3b54188e75210" },
  resumed: { eventName: "health.check.resumed", id: "c4dc7b2938caf3a9" },
  result: { eventName: "health.check.result", id: "a68e0475cc1839be" },
  none: { eventName: "health.check.none", id: "8c805853a70ec666" },
};

/** Emits an event of a health check. */
export type Emit = EmitOf<Event>;
