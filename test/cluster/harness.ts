import { EventEmitter } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { diag } from "@opentelemetry/api";
import { onTestFinished } from "vitest";
import type { SharedTask } from "../../src/cluster/index.ts";
import type { Loan } from "../../src/task/loans.ts";
import type { TaskEvent } from "../../src/task/task-events.ts";

export const TARGET = {
  serviceName: "checkout",
  jobName: "web",
  region: "eu-west-1",
  hostName: "host-a",
};

/** A task that holds whatever number a test says. */
export interface Lender extends SharedTask {
  number: number | undefined;
  epoch: number | undefined;
  worker: number | undefined;
  remainingMs: number;
  readonly loans: Set<Loan>;
  emit(event: TaskEvent): void;
}

export function lender(given: Partial<SharedTask> = {}): Lender {
  const listeners = new EventEmitter();
  const loans = new Set<Loan>();
  return {
    target: TARGET,
    scope: "host",
    number: 0,
    epoch: 1,
    worker: undefined,
    remainingMs: 500_000,
    ...given,
    loans,
    on(event, listener) {
      listeners.on(event, listener);
      return () => void listeners.off(event, listener);
    },
    lend(loan) {
      loans.add(loan);
      return () => void loans.delete(loan);
    },
    emit: (event) => void listeners.emit(event),
  };
}

/** Waits, in turns of the real event loop, until `condition` holds. */
export async function until(
  condition: () => boolean,
  what: string,
  timeoutMs = 10_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`Waited ${timeoutMs} ms in vain for ${what}`);
    await sleep(1);
  }
}

/** What goes to the `diag` logger from now on, warnings and errors, until the test ends. */
export function diagLines(): string[] {
  const lines: string[] = [];
  const log = (...parts: unknown[]): void => void lines.push(parts.join(" "));
  const silent = (): void => undefined;
  diag.setLogger({ error: log, warn: log, info: silent, debug: silent, verbose: silent });
  onTestFinished(() => diag.disable());
  return lines;
}
