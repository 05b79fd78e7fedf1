import { diag, DiagLogLevel } from "@opentelemetry/api";
import type { EventRecord, EventSink } from "../../src/shared/events.ts";
import type { SettingsStore } from "../../src/settings/settings-store.ts";
import type { SettingsChange } from "../../src/settings/live.ts";
import type { SettingsSource } from "../../src/settings/source.ts";

/** A source that answers as it is told to, and remembers how it was asked. */
export interface ScriptedSource extends SettingsSource {
  /** What the next loads answer: a value, an error to reject with, or a promise. */
  answer: unknown;
  readonly signals: readonly AbortSignal[];
  /** What it tells of a change to; undefined while it is not watched. */
  readonly changed: (() => void) | undefined;
}

export function scriptedSource(answer: unknown = {}): ScriptedSource {
  const signals: AbortSignal[] = [];
  let changed: (() => void) | undefined;
  return {
    name: "scripted",
    answer,
    signals,
    get changed() {
      return changed;
    },
    async load({ signal }) {
      signals.push(signal);
      const given = this.answer;
      if (given instanceof Error) throw given;
      return given;
    },
    watch(callback) {
      changed = callback;
      return () => (changed = undefined);
    },
  };
}

/** Collects what is said on the diag logger, as `<level> <message>`, until `diag.disable()`. */
export function listenToDiag(): string[] {
  const lines: string[] = [];
  const log =
    (level: string) =>
    (...parts: unknown[]): void => {
      lines.push([level, ...parts.slice(0, 2)].join(" "));
    };
  diag.setLogger(
    {
      error: log("error"),
      warn: log("warn"),
      info: log("info"),
      debug: log("debug"),
      verbose: log("verbose"),
    },
    { logLevel: DiagLogLevel.ALL, suppressOverrideMessage: true },
  );
  lines.length = 0;
  return lines;
}

/** Collects events. */
export function eventSink(): EventSink & { readonly records: readonly EventRecord[] } {
  const records: EventRecord[] = [];
  return { records, emit: (record) => void records.push(record) };
}

/** Collects the changes of settings, as `<name>: <from> -> <to> by <who>`. */
export function changesOf(keeper: SettingsStore): string[] {
  const changes: string[] = [];
  keeper.on("change", ({ name, from, to, who }: SettingsChange) => {
    changes.push(`${name}: ${from} -> ${to} by ${who}`);
  });
  return changes;
}
