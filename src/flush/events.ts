import type { EventKinds } from "../shared/events.ts";

/** The events of flushes inside requests. */
export const events: EventKinds<"silent" | "recovered"> = {
  silent: { eventName: "taskmon.flush.silent" },
  recovered: { eventName: "taskmon.flush.recovered" },
};
