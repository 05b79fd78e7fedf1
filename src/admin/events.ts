import type { Emit as EmitOf, EventKinds } from "../shared/events.ts";

/** The events of the page: one for each action, done or refused. */
export const events: EventKinds<"action"> = {
  action: { eventName: "taskmon.admin.action" },
};

/** Emits an event of the page. */
export type Emit = EmitOf<"action">;
