import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import ClosingLineReporter from "./scripts/closing-line-reporter.ts";

/** What plain Node.js looks for, and before it our TypeScript sources, so that tests need no build. */
const conditions = ["@taskmon/source", "node"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    environment: "node",
    include: ["test/**/*.test.ts"],
    pool: "forks",
    // Most tests wait for servers, processes and timers: a worker for each core, of which there are few.
    maxWorkers: Math.max(2, availableParallelism()),
    // A test that starts processes and servers on a busy machine of two cores needs this long.
    testTimeout: 30_000,
    hookTimeout: 120_000,
    teardownTimeout: 30_000,
    globalSetup: ["test/setup/global-setup.ts"],
    reporters: ["default", new ClosingLineReporter()],
    typecheck: {
      enabled: true,
      include: ["test/**/*.test-d.ts"],
      tsconfig: "test/tsconfig.types.json",
    },
    coverage: { include: ["src/**"] },
  },
});
