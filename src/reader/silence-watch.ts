import type { Clock } from "../shared/clock.ts";
import {
  type Emit,
  eventEmitter,
  type EventSink,
  type EventSinkProvider,
} from "../shared/events.ts";
import { createReporter } from "../shared/report.ts";
import { SILENT_AFTER } from "../shared/silence.ts";
import { events } from "./events.ts";
import {
  HEARD,
  nextSpell,
  type Recovery,
  type Silence,
  type Spell,
  type SpellEvent,
} from "./silence.ts";

/** The listeners for a silence. */
export interface SilenceListeners {
  readonly events?: EventSink | EventSinkProvider | undefined;
  readonly onSilent?: ((silence: Silence) => void) | undefined;
  readonly onRecovered?: ((recovery: Recovery) => void) | undefined;
}

/** The part of a reader that the watch needs. */
export interface WatchedReader {
  readonly name: string;
  readonly kind: "push" | "pull";
  /** Returns the current time between exports, in milliseconds. */
  intervalMs(): number;
  /** Whether exports are expected now. */
  isExpected(): boolean;
  /** Returns why the reader is silent. */
  plight(): Pick<Silence, "reason" | "failures" | "lastFailure">;
}

/** If a timer is late by more than this share of an interval, the process was paused. */
const LATE = 0.1;

/** Reports once when a reader has exported nothing successfully for five intervals, and when it recovers. */
export class SilenceWatch {
  readonly #reader: WatchedReader;
  readonly #clock: Clock;
  readonly #listeners: SilenceListeners;
  readonly #emit: Emit<keyof typeof events>;
  #report = createReporter("reader");
  #spell: Spell = HEARD;
  /** The time of the last success, or else of the start of the watch. */
  #heardAtMs: number;
  #cancel: (() => void) | undefined;
  #isOver = false;

  constructor(reader: WatchedReader, clock: Clock, listeners: SilenceListeners) {
    this.#reader = reader;
    this.#clock = clock;
    this.#listeners = listeners;
    this.#emit = eventEmitter("reader", events, listeners.events);
    this.#heardAtMs = clock.now();
    this.#arm();
  }

  /** Whether the reader is silent now. */
  get isSilent(): boolean {
    return this.#spell.isSilent;
  }

  /** Notes the end of an export. */
  note(event: "success" | "failure"): void {
    if (this.#isOver || !this.#reader.isExpected()) return;
    this.#follow(event);
    // Count five whole intervals from here.
    if (event === "success") this.#arm();
  }

  /** Ends the watch. */
  end(): void {
    this.#isOver = true;
    this.#cancel?.();
    this.#spell = HEARD;
  }

  #arm(): void {
    this.#cancel?.();
    const intervalMs = this.#reader.intervalMs();
    const dueMs = this.#clock.now() + intervalMs;
    this.#cancel = this.#clock.after(intervalMs, () => {
      const isLate = this.#clock.now() - dueMs > intervalMs * LATE;
      if (this.#reader.isExpected()) this.#follow(isLate ? "late_interval" : "interval");
      else this.#follow("unwatched");
      this.#arm();
    });
  }

  #follow(event: SpellEvent): void {
    const before = this.#spell;
    this.#spell = nextSpell(before, event);
    if (this.#spell.isSilent && !before.isSilent) this.#silent();
    if (event === "success" && before.isSilent) this.#recovered();
    if (event === "unwatched") this.#report = createReporter("reader");
    if (event === "success" || event === "unwatched") this.#heardAtMs = this.#clock.now();
  }

  #silent(): void {
    const silence: Silence = {
      reader: this.#reader.name,
      intervalMs: this.#reader.intervalMs(),
      ageMs: this.#clock.now() - this.#heardAtMs,
      ...this.#reader.plight(),
    };
    const { reader, reason, ageMs, failures, lastFailure } = silence;
    const body = sentenceOf(silence, this.#reader.kind);
    // The gate has already logged a held export, and the exporter is not at fault.
    if (reason === "held") this.#report.warnOnce("silent", body);
    else this.#report.errorOnce("silent", body);
    this.#emit("silent", reason === "held" ? "warn" : "error", body, {
      "taskmon.reader": reader,
      "taskmon.reason": reason,
      "taskmon.exports.age": ageMs / 1_000,
      "taskmon.exports.failures": failures,
      "taskmon.exports.last_failure": lastFailure,
    });
    this.#tell(() => this.#listeners.onSilent?.(silence));
  }

  #recovered(): void {
    const { name } = this.#reader;
    const silentMs = this.#clock.now() - this.#heardAtMs;
    const body = `Exports of ${name} succeed again, after ${seconds(silentMs)}`;
    this.#report.recovered("silent", body);
    this.#emit("recovered", "info", body, {
      "taskmon.reader": name,
      "taskmon.exports.age": silentMs / 1_000,
    });
    this.#tell(() => this.#listeners.onRecovered?.({ reader: name, silentMs }));
  }

  #tell(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#report.errorOnce("listener", "A listener of a reader's silent event threw", error);
    }
  }
}

function sentenceOf(silence: Silence, kind: "push" | "pull"): string {
  const { reader, reason, ageMs, intervalMs, failures, lastFailure } = silence;
  const what = `No export of ${reader} has succeeded for ${seconds(ageMs)}`;
  switch (reason) {
    case "failing":
      return `${what}: ${failures} exports failed, the last one with "${lastFailure}"`;
    case "hanging":
      return `${what}: an export has begun and does not end`;
    case "held":
      return `${what}: its exports are held, because there is no task number`;
    case "idle": {
      const tried = kind === "push" ? "no export was tried" : "nobody scraped it";
      return `${what}: ${tried} in ${SILENT_AFTER} intervals of ${seconds(intervalMs)}`;
    }
  }
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
