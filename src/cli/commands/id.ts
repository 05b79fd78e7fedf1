import { randomId, showId } from "../../identity/id.ts";
import type { Command } from "../command.ts";
import { UsageError } from "../usage-error.ts";

const MOST = 10_000;

/** `taskmon id [N]` */
export const id: Command = {
  usage: "[N]",
  args: { min: 0, max: 1 },
  options: {},
  help:
    "Prints N new ids, one by default: 64 random bits, for services, metrics, checks and events. Without\n" +
    "explicit ids, those of a service and its metrics are derived from their names.",
  async run(call) {
    const [given = "1"] = call.args;
    const count = /^\d{1,5}$/.test(given) ? Number(given) : 0;
    if (count < 1 || count > MOST) {
      throw new UsageError(`N must be a number from 1 to ${MOST}, got ${given}`);
    }
    const ids = Array.from({ length: count }, () => showId(randomId()));
    call.out(call.json ? JSON.stringify(ids) : ids.join("\n"));
    return 0;
  },
};
