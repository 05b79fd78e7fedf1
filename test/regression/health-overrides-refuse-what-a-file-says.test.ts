import { expect, it } from "vitest";
import { createTaskmon, memoryAllocator } from "../../src/index.ts";
import { Health } from "../../src/health/index.ts";
import { parseMetricSpecs, SpecFileError } from "../../src/spec-files/index.ts";

const ORIGINAL = `
healthChecks:
  healthCheckSpecs:
    - { healthCheckID: 0xa1, runIntervalSeconds: 20, timeoutSeconds: 3 }
`;
const OWN = `
healthChecks:
  - { id: 0xa1, intervalMs: 20000, timeoutMs: 3000 }
  - { name: cache, timeoutMs: 500 }
`;

it.each([
  ["the original's", ORIGINAL],
  ["our own", OWN],
])("takes what a file says of health checks in %s form", async (_, text) => {
  const specs = parseMetricSpecs(text);
  const health = new Health({ overrides: specs });
  health.register("db", () => {}, { id: "0xa1", intervalMs: 1_000, timeoutMs: 100 });
  health.register("cache", () => {}, { timeoutMs: 100 });
  expect(health.spec("db")).toMatchObject({ intervalMs: 20_000, timeoutMs: 3_000 });
  expect(health.spec("cache").timeoutMs).toBe(text === OWN ? 500 : 100);
  await health.shutdown();
});

it("takes it in the options of a Taskmon object", async () => {
  const taskmon = createTaskmon({
    target: { serviceName: "overrides", hostName: "h1" },
    allocator: memoryAllocator(),
    http: false,
    health: { overrides: parseMetricSpecs(ORIGINAL) },
  });
  taskmon.health.register("db", () => {}, { id: "0xa1" });
  expect(taskmon.health.spec("db")).toMatchObject({ intervalMs: 20_000, timeoutMs: 3_000 });
  await taskmon.shutdown();
});

it("names a check of a file by id or name, each once, and carries the original's error ids", () => {
  const text =
    "healthChecks: [{ timeoutMs: 5 }, { name: db, timeoutMs: 0 }, { id: 5 }, { id: 0x5 }]";
  const error = errorOf(text);
  expect(error).toBeInstanceOf(SpecFileError);
  expect(error.errorId).toBe(0xe75f1a73534f382dn);
  expect(error.eventId).toBe(0x83ad8592584d0930n);
  expect(error.problems.map(({ message }) => message)).toEqual([
    "the health check needs an id or a name",
    "timeoutMs must be at least 1, got 0",
    expect.stringMatching(/^the health check already has settings at metrics\.yaml:1:\d+$/),
  ]);
});

function errorOf(text: string): SpecFileError {
  try {
    parseMetricSpecs(text);
  } catch (error) {
    return error as SpecFileError;
  }
  throw new Error("The text was taken");
}
