import { ResultHistory } from "../check/history.ts";
import type { Outcome } from "../check/result.ts";
import { messageOf } from "../shared/errors.ts";
import type { Clock } from "../shared/clock.ts";
import type { AdminTaskmon } from "./host.ts";

/** Something that happened of late. */
export interface RecentEvent {
  /** Milliseconds since the Unix epoch. */
  readonly atMs: number;
  readonly severity: "info" | "warn" | "error";
  /** Which part it is about: `task`, `health`, `settings`. */
  readonly part: string;
  readonly text: string;
}

/** A setting that was changed, by whom and why. */
export interface SettingEvent {
  readonly atMs: number;
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly who: string;
  readonly why?: string;
}

const MAX_EVENTS = 200;
const MAX_TEXT = 500;

/** Remembers what happened of late, in a list of bounded length. Has no timer. */
export class Recent {
  readonly #clock: Clock;
  readonly #events: RecentEvent[] = [];
  readonly #changes: SettingEvent[] = [];
  readonly #probed = new Map<string, ResultHistory>();
  #revision = 0;

  constructor(taskmon: AdminTaskmon, clock: Clock) {
    this.#clock = clock;
    const { task, health, probes, monitors, settings } = taskmon;
    task.on("granted", () => this.add("info", "task", `Number ${task.number} was granted`));
    task.on("lost", () => this.add("warn", "task", "The number can no longer be relied on"));
    task.on("regained", () => this.add("info", "task", `Number ${task.number} is held again`));
    task.on("full", () => this.add("error", "task", "All numbers are held by others"));
    health.on("state", ({ result: { name, message, error }, before }) => {
      const { state } = health.result(name);
      this.#stands("health", name, before, state, message ?? error?.message);
    });
    probes.on("state", ({ result: { probe, target, state, error }, before }) =>
      this.#stands("probes", `${probe} of ${target.name}`, before, state, error?.message),
    );
    monitors.on("state", ({ service, from, to }) =>
      this.#stands("monitors", service, from, to, undefined),
    );
    monitors.on("probe", ({ service, probe: { outcome } }) => this.#monitored(service, outcome));
    settings.on("change", ({ name, from, to, who, why, atMs }) => {
      const change = { atMs, name, from: String(from), to: String(to), who };
      keep(this.#changes, why === undefined ? change : { ...change, why });
      this.add("info", "settings", `${name} changed from ${from} to ${to}, by ${who}`);
    });
    settings.on("failed", ({ source, message }) =>
      this.add("error", "settings", `${source}: ${message}`),
    );
    settings.on("recovered", ({ source }) => this.add("info", "settings", `${source} works again`));
    taskmon.on("silent", ({ reader, reason }) =>
      this.add("error", "readers", `${reader} is silent: ${reason ?? "nothing came through"}`),
    );
    taskmon.on("recovered", ({ reader }) =>
      this.add("info", "readers", `${reader} brings its exports through again`),
    );
  }

  /** The newest first. */
  get events(): readonly RecentEvent[] {
    return this.#events.toReversed();
  }

  /** The newest first. */
  get changes(): readonly SettingEvent[] {
    return this.#changes.toReversed();
  }

  /** Larger after each event. */
  get revision(): number {
    return this.#revision;
  }

  /** The results of the last probes of a monitored service. */
  probesOf(service: string): Outcome[] {
    return this.#probed.get(service)?.outcomes ?? [];
  }

  add(severity: RecentEvent["severity"], part: string, text: string | Error): void {
    const said = typeof text === "string" ? text : messageOf(text);
    const clipped = said.length > MAX_TEXT ? `${said.slice(0, MAX_TEXT)} …` : said;
    this.#revision += 1;
    keep(this.#events, { atMs: this.#clock.wallTime(), severity, part, text: clipped });
  }

  #stands(part: string, name: string, before: string, now: string, why: string | undefined): void {
    const severity = now === "fail" || now === "down" ? "error" : now === "warn" ? "warn" : "info";
    const said = why === undefined || severity === "info" ? "" : `: ${why}`;
    this.add(severity, part, `${name} went from ${before} to ${now}${said}`);
  }

  #monitored(service: string, outcome: "up" | "down" | "error" | "unknown"): void {
    const known = this.#probed.get(service) ?? new ResultHistory();
    this.#probed.set(service, known);
    known.add(outcome === "up" ? "pass" : outcome === "unknown" ? "unknown" : "fail");
  }
}

function keep<T>(list: T[], item: T): void {
  list.push(item);
  if (list.length > MAX_EVENTS) list.shift();
}
