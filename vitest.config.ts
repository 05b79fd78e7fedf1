import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import ClosingLineReporter from "./scripts/closing-line-reporter.ts";
import { sharingTests } from "./test/setup/projects.ts";
import { SlowFirst } from "./test/setup/slow-first.ts";

/** What plain Node.js looks for, and before it our TypeScript sources, so that tests need no build. */
const conditions = ["@taskmon/source", "node"];

const sharing = sharingTests(import.meta.dirname);
const shuffles = process.argv.some((word) => word.startsWith("--sequence.shuffle"));

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    environment: "node",
    pool: "forks",
    // Tests wait for servers, processes and timers, so one worker more than there are cores keeps these busy. Two
    // for each core made processes wait for a core longer than their leases and time limits.
    maxWorkers: 1 + Math.max(2, availableParallelism()),
    // A test that starts processes and servers on a busy machine of two cores needs this long.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 30_000,
    // What a test polls for comes as soon as it can; how long that takes is no matter of the test.
    expect: { poll: { timeout: 20_000 } },
    globalSetup: ["test/setup/global-setup.ts"],
    reporters: ["default", new ClosingLineReporter()],
    sequence: shuffles ? {} : { sequencer: SlowFirst },
    coverage: { include: ["src/**"] },
    projects: [
      {
        test: {
          name: "alone",
          include: ["test/**/*.test.ts"],
          exclude: sharing,
          typecheck: {
            enabled: true,
            include: ["test/**/*.test-d.ts"],
            tsconfig: "test/tsconfig.types.json",
          },
        },
      },
      {
        test: { name: "shared", include: sharing, isolate: false },
      },
    ],
  },
});
