import type { Reporter, TestModule, TestSuite, Vitest } from "vitest/node";

/** What a test run came to. */
export interface Figures {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The last line of a test run: `41 passed, 0 failed`, and `, 2 skipped` where some were. */
export function closingLine({ passed, failed, skipped }: Figures): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/**
 * Counts what the runner itself reports. A test that never came to a result, a file or a `describe`
 * that failed outside its tests, and an error that no test caught are failures, one each.
 */
export function figuresOf(modules: readonly TestModule[], unhandledErrors: number): Figures {
  let passed = 0;
  let failed = unhandledErrors;
  let skipped = 0;
  for (const module of modules) {
    const states = [...module.children.allTests()].map((test) => test.result().state);
    const count = (...wanted: readonly string[]): number =>
      states.filter((state) => wanted.includes(state)).length;
    passed += count("passed");
    skipped += count("skipped");
    failed += count("failed", "pending");
    failed += [module, ...module.children.allSuites()].filter(failedByItself).length;
    const unfinished = module.state() === "pending" || module.state() === "queued";
    if (unfinished && count("pending") === 0) failed += 1;
  }
  return { passed, failed, skipped };
}

/**
 * Closes the output of a run with {@link closingLine}. The line is written as the process exits, when
 * nothing else can follow it and the exit code is final: an exit code other than zero never stands
 * beside `0 failed`.
 */
export default class ClosingLineReporter implements Reporter {
  #figures: Figures = { passed: 0, failed: 0, skipped: 0 };
  #watching = false;

  onInit(vitest: Vitest): void {
    this.#watching = vitest.config.watch;
    if (this.#watching) return;
    process.once("exit", (code) => {
      const failed = code === 0 ? this.#figures.failed : Math.max(this.#figures.failed, 1);
      write(closingLine({ ...this.#figures, failed }));
    });
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    this.#figures = figuresOf(modules, unhandledErrors.length);
    if (this.#watching) write(closingLine(this.#figures));
  }
}

function failedByItself(suite: TestModule | TestSuite): boolean {
  return suite.errors().length > 0;
}

function write(line: string): void {
  process.stdout.write(`${line}\n`);
}
