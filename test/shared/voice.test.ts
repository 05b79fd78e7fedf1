import { join } from "node:path";
import { diag, DiagConsoleLogger, DiagLogLevel } from "@opentelemetry/api";
import { afterEach, expect, it } from "vitest";
import { isSpeaking, setVoice } from "../../src/shared/voice.ts";
import { InvalidOptionError } from "../../src/shared/errors.ts";
import { type Finished, run } from "../setup/run.ts";

const root = join(import.meta.dirname, "../..");

afterEach(() => {
  diag.disable();
  setVoice("stderr");
});

it("is silent in tests, where it is turned off, and with a logger set", () => {
  expect(isSpeaking({})).toBe(true);
  for (const runner of ["VITEST", "NODE_TEST_CONTEXT", "JEST_WORKER_ID"]) {
    expect(isSpeaking({ [runner]: "1" })).toBe(false);
  }
  expect(isSpeaking({ TASKMON_LOG: "OFF" })).toBe(false);
  setVoice("off");
  expect(isSpeaking({})).toBe(false);
  // What is left out changes nothing.
  setVoice(undefined);
  expect(isSpeaking({})).toBe(false);
  setVoice("stderr");
  diag.setLogger(new DiagConsoleLogger(), DiagLogLevel.NONE);
  expect(isSpeaking({})).toBe(false);
  expect(() => setVoice("loud" as "off")).toThrow(InvalidOptionError);
});

/** Runs a program of its own, in which we are heard. */
async function program(code: string, env: Record<string, string> = {}): Promise<Finished> {
  return run(
    process.execPath,
    ["--conditions=@taskmon/source", "--input-type=module", "--eval", code],
    { cwd: root, env: { TASKMON_LOG: "", ...env } },
  );
}

const REPORTS = `
import { createReporter } from "./src/shared/report.ts";
const report = createReporter("task");
report.warnOnce("a", "The store fails", new Error("no route"));
report.warnOnce("a", "The store fails", new Error("no route"));
report.errorOnce("b", "Two\\nlines");
report.info("a plain line");
`;

it("says warnings and errors once on standard error, with the page that explains them", async () => {
  expect(await program(REPORTS)).toEqual({
    code: 0,
    stdout: "",
    stderr:
      "taskmon: warn task: The store fails: no route (docs/lease.md)\n" +
      "taskmon: error task: Two lines (docs/lease.md)\n",
  });
});

it("says nothing there with a logger set, or with TASKMON_LOG=off", async () => {
  const logged = `import { diag } from "@opentelemetry/api";
    const line = (...parts) => console.log(parts.join(" "));
    diag.setLogger({ error: line, warn: line, info: line, debug() {}, verbose() {} });`;
  expect(await program(`${logged}${REPORTS}`)).toMatchObject({
    stderr: "",
    stdout: expect.stringContaining("The store fails: no route") as string,
  });
  expect(await program(REPORTS, { TASKMON_LOG: "off" })).toMatchObject({ code: 0, stderr: "" });
});

it("does no harm where nobody reads standard error any more", async () => {
  const code = `import { closeSync } from "node:fs"; closeSync(2); ${REPORTS} console.log("on");`;
  expect(await program(code)).toMatchObject({ code: 0, stdout: "on\n" });
});

const START = `
import { createTaskmon, memoryAllocator } from "./src/index.ts";
import { startScrapeEndpoint } from "./src/prometheus/index.ts";
const taskmon = createTaskmon({
  target: { serviceName: "shop", jobName: "web" }, allocator: memoryAllocator(), ...OPTIONS,
});
const endpoint = await startScrapeEndpoint({ taskmon, port: 0 });
taskmon.start();
console.log(endpoint.state.url);
await new Promise((resolve) => setTimeout(resolve, 600));
await endpoint.stop();
await taskmon.shutdown();
`;

it("says at the start who the process is, and where to scrape it", async () => {
  const { stdout, stderr, code } = await program(START.replace("OPTIONS", "{}"));
  expect([code, stderr]).toEqual([
    ...[0, `taskmon: shop web is task 0, from memory; metrics at ${stdout}`],
  ]);
  const desk = await program(START.replace("OPTIONS", "{ devMode: true }"));
  expect(desk.stderr).toMatch(/^taskmon: shop web is in development mode: .*; metrics at http/);
  const withPage = START.replace("OPTIONS", "{}").replace(
    "taskmon.start();",
    `import { startAdmin } from "./src/admin/index.ts";
    const admin = await startAdmin({ taskmon });
    taskmon.start();
    console.log(admin.url);
    setTimeout(() => admin.stop(), 500);`,
  );
  const page = await program(withPage);
  const [pageUrl, metricsUrl] = page.stdout.trim().split("\n");
  expect(page.stderr).toContain(`metrics at ${metricsUrl}`);
  expect(page.stderr).toContain(pageUrl);
  const off = await program(START.replace("OPTIONS", '{ log: "off" }'));
  expect(off.stderr).toBe("");
});
