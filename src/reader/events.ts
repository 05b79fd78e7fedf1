import type { EventKinds } from "../shared/events.ts";

/** The events of attached readers. */
export const events: EventKinds<"silent" | "recovered"> = {
  silent: { eventName: "taskmon.exports.silent" },
  recovered: { eventName: "taskmon.exports.recovered" },
};
