import { setTimeout as sleep } from "node:timers/promises";
import { numberOf, textOf } from "../choice.ts";
import type { Command, CommandCall } from "../command.ts";
import { STORE_HELP, storeOptions, withStore } from "../store.ts";
import { chosen } from "../target-options.ts";
import { Fleet, storeRows } from "../top/fleet.ts";
import { isAiling, render, type View } from "../top/render.ts";
import type { Row } from "../top/row.ts";
import { urlOf } from "../top/url.ts";
import { UsageError } from "../usage-error.ts";

const STORE = /^(sqlite|rediss?|postgres(ql)?):/i;

/** `taskmon top URL…` */
export const top: Command = {
  usage: "URL… | STORE-URL",
  args: { min: 0, max: Infinity },
  options: {
    once: { help: "Look twice, an interval apart, and end; exit code 1 where something is wrong" },
    interval: { value: "SECONDS", help: "From one look to the next; 2 by default" },
    timeout: { value: "SECONDS", help: "How long a process may take to answer; 2 by default" },
    store: { value: "STORE-URL", help: "A store in place of processes: needed for etcd" },
    hex: { value: "PREFIX", help: "The metrics use hexNaming with this prefix" },
    ...storeOptions,
  },
  help:
    "Shows a fleet: number, lease, requests, errors, health and exports of each process whose " +
    "metrics are at\na URL (host:9464 is http://host:9464/metrics). With a store: who holds which " +
    `number. Ctrl-C ends it.\n\n${STORE_HELP}`,
  async run(call) {
    const interrupted = new AbortController();
    const { signal } = interrupted;
    const onInterrupt = (): void => interrupted.abort();
    process.once("SIGINT", onInterrupt);
    try {
      const look = lookerOf(call);
      const intervalMs = secondsOf(call, "interval") * 1_000;
      const pause = async (): Promise<void> =>
        sleep(intervalMs, undefined, { signal }).catch(() => undefined);
      let rows = await look(signal);
      if (call.options["once"] === true) {
        // Rates take two looks.
        if (rows.some(({ state }) => state === "up")) {
          await pause();
          rows = await look(signal);
        }
        show(call, rows, false);
        return rows.some(isAiling) ? 1 : 0;
      }
      while (!signal.aborted) {
        show(call, rows, process.stdout.isTTY && !call.json);
        await pause();
        if (!signal.aborted) rows = await look(signal);
      }
      return 0;
    } finally {
      process.off("SIGINT", onInterrupt);
    }
  },
};

/** Reads the fleet once. */
function lookerOf(call: CommandCall): (signal: AbortSignal) => Promise<Row[]> {
  const store = textOf(call, "store") ?? call.args.find((arg) => STORE.test(arg));
  if (store !== undefined) {
    if (call.args.some((arg) => arg !== store)) throw new UsageError("a store goes alone");
    return async () => {
      const found = await withStore(store, call.options, async (allocator, signal) => {
        if (allocator.list === undefined) {
          throw new Error(`${allocator.name} cannot list its numbers`);
        }
        return allocator.list(undefined, { signal });
      });
      return storeRows(chosen(found, {}), Date.now());
    };
  }
  if (call.args.length === 0) throw new UsageError("expects URLs of processes, or of a store");
  const fleet = new Fleet(
    call.args.map((arg) => urlOf(arg, "/metrics")),
    { timeoutMs: secondsOf(call, "timeout") * 1_000, hexPrefix: textOf(call, "hex") },
  );
  return async (signal) => fleet.rows(signal);
}

function show(call: CommandCall, rows: readonly Row[], live: boolean): void {
  if (call.json) {
    call.out(JSON.stringify(rows));
    return;
  }
  const lines = rows.length === 0 ? ["No task numbers are held."] : render(rows, viewOf());
  // Start at the top of the screen and clear it.
  call.out(`${live ? "\u001B[H\u001B[2J" : ""}${lines.join("\n")}`);
}

/** As the terminal is now; https://no-color.org */
function viewOf(): View {
  const { isTTY, columns } = process.stdout;
  const noColor = (process.env["NO_COLOR"] ?? "") !== "" || process.env["TERM"] === "dumb";
  return { columns: isTTY ? columns : Infinity, color: isTTY && !noColor };
}

function secondsOf(call: CommandCall, name: string): number {
  const seconds = numberOf(call, name) ?? 2;
  if (!(seconds > 0 && seconds <= 3_600)) throw new UsageError(`--${name} expects seconds`);
  return seconds;
}
