import { diag } from "@opentelemetry/api";
import { onTestFinished } from "vitest";
import type { EventRecord } from "../../src/shared/events.ts";
import { Flusher, type FlusherOptions, type FlushSettings } from "../../src/flush/flusher.ts";
import { type ManualClock, manualClock } from "../../src/testing/manual-clock.ts";

/** A flusher, and what it does. */
export interface Subject {
  readonly clock: ManualClock;
  readonly flusher: Flusher;
  readonly settings: { -readonly [K in keyof FlushSettings]: FlushSettings[K] };
  /** What was called, in order. */
  readonly calls: string[];
  readonly events: EventRecord[];
  /** What `diag` was told: level and text. */
  readonly said: string[];
}

/** A flusher whose allocator and exporter succeed at once, unless `options` say otherwise. */
export function subject(options: Partial<FlusherOptions> = {}): Subject {
  const clock = manualClock();
  const settings = { enabled: true, flushIntervalMs: 60_000, flushTimeoutMs: 5_000 };
  const calls: string[] = [];
  const events: EventRecord[] = [];
  const said: string[] = [];
  const say =
    (level: string) =>
    (...args: unknown[]): void =>
      void said.push(`${level}: ${args.map(String).join(" ")}`);
  diag.setLogger({
    error: say("error"),
    warn: say("warn"),
    info: say("info"),
    debug: () => {},
    verbose: () => {},
  });
  said.length = 0;
  onTestFinished(() => diag.disable());
  const flusher = new Flusher({
    clock,
    settings: () => settings,
    prepare: async () => {
      calls.push("prepare");
      return "held";
    },
    flush: async () => void calls.push("flush"),
    events: { emit: (record) => events.push(record) },
    ...options,
  });
  return { clock, flusher, settings, calls, events, said };
}

/** A call that settles when a test says so, and notes whether it was told to give up. */
export function pending(): {
  readonly call: (signal: AbortSignal) => Promise<void>;
  readonly running: number;
  readonly signals: AbortSignal[];
  end(error?: Error): void;
  /** Ends the oldest one alone. */
  endFirst(): void;
} {
  const waiting: PromiseWithResolvers<void>[] = [];
  const signals: AbortSignal[] = [];
  return {
    signals,
    get running() {
      return waiting.length;
    },
    call(signal) {
      signals.push(signal);
      const given = Promise.withResolvers<void>();
      waiting.push(given);
      return given.promise;
    },
    endFirst: () => waiting.shift()?.resolve(),
    end(error) {
      for (const given of waiting.splice(0)) {
        if (error === undefined) given.resolve();
        else given.reject(error);
      }
    },
  };
}
