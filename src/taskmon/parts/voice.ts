import { placeOf } from "../../shared/places.ts";
import { isSpeaking, speak } from "../../shared/voice.ts";
import type { Target } from "../../task/target.ts";
import type { Task } from "../../task/task.ts";
import type { Core } from "../core.ts";
import type { Part } from "../part.ts";

/** Long enough for a number to be granted, and for a server to listen. */
const WAIT_MS = 3_000;
/** The extra time for a server that starts right after the number came. */
const SETTLE_MS = 200;

/** Logs once, at the start, who this process is and where its endpoints are. */
export function voicePart({ clock, life, target, allocator }: Core, task: Task): Part {
  let cancel: (() => void) | undefined;
  let forget: (() => void) | undefined;
  let hasBegun = false;

  const end = (): void => {
    cancel?.();
    forget?.();
  };
  const say = (): void => {
    end();
    if (!life.hasEnded)
      speak(startLine({ target: target.known, number: task.number, store: allocator.name, life }));
  };
  const sayIn = (ms: number): void => {
    cancel?.();
    cancel = clock.after(ms, say);
  };
  return {
    name: "voice",
    start() {
      if (hasBegun || !isSpeaking() || life.mode === "off") return;
      hasBegun = true;
      forget = task.on("granted", () => sayIn(SETTLE_MS));
      sayIn(life.isDesk ? SETTLE_MS : WAIT_MS);
    },
    close: end,
  };
}

/** Only what is known. */
function startLine({
  target,
  number,
  store,
  life,
}: Pick<Core, "life"> & {
  readonly target: Target | undefined;
  readonly number: number | undefined;
  readonly store: string;
}): string {
  const who = target === undefined ? "a process without a target" : nameOf(target);
  const metrics = placeOf("metrics");
  const page = placeOf("page");
  return [
    life.isDesk
      ? `${who} is in development mode: no task number, and nothing is sent`
      : number === undefined
        ? `${who} has no task number yet from ${store}`
        : `${who} is task ${number}, from ${store}`,
    ...(metrics === undefined ? [] : [`metrics at ${metrics}`]),
    ...(page === undefined ? [] : [`page at ${page}`]),
  ].join("; ");
}

function nameOf({ serviceName, jobName }: Target): string {
  return jobName === serviceName ? serviceName : `${serviceName} ${jobName}`;
}
