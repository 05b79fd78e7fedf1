import type { Emit as EmitOf, EventKinds } from "../shared/events.ts";

type Event = "changed" | "failed" | "recovered";

/** The events of settings. */
export const events: EventKinds<Event> = {
  changed: { eventName: "taskmon.settings.changed" },
  failed: { eventName: "taskmon.settings.failed" },
  recovered: { eventName: "taskmon.settings.recovered" },
};

/** Emits an event of the settings. */
export type Emit = EmitOf<Event>;
