import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, it, vi } from "vitest";
import { type OtlpExport, type OtlpReceiver, startOtlpReceiver } from "../setup/otlp-receiver.ts";
import { freePort } from "../setup/servers.ts";
import { latestOf, startProgram, surroundings } from "./programs.ts";

// Processes start slowly where many tests share a machine.
vi.setConfig({ testTimeout: 60_000 });

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/shutdown.md"), "utf8");
const measured = `import { measure } from ${JSON.stringify(join(import.meta.dirname, "fixtures/measure.ts"))};
const { taskmon } = await measure();
console.log("ready");
`;

let receiver: OtlpReceiver;
let folder: string;
beforeAll(async () => {
  receiver = await startOtlpReceiver();
  folder = mkdtempSync(join(inject("testRun").folder, "docs-shutdown-"));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules/taskmon"));
  symlinkSync(
    join(root, "node_modules/@opentelemetry"),
    join(folder, "node_modules/@opentelemetry"),
  );
});
afterAll(() => receiver.stop());

/** The block of code that follows the comment with this name. */
function codeOf(name: string): string {
  const [, after = ""] = page.split(`<!-- ${name} -->`);
  const code = /^\s*```ts\n([^]*?)\n```/.exec(after)?.[1];
  if (code === undefined) throw new Error(`docs/shutdown.md has no code called ${name}`);
  return `${code}\n`;
}

/** The requests that an export counts. */
function requestsIn({ metrics }: OtlpExport): number {
  return metrics
    .filter(({ name }) => name === "http.server.request.duration")
    .flatMap(({ histogram }) => histogram?.dataPoints ?? [])
    .reduce((sum, { count = 0 }) => sum + Number(count), 0);
}

/** A program of this code. */
function programOf(name: string, code: string): string {
  const file = join(folder, `${name}.ts`);
  writeFileSync(file, code);
  return file;
}

it("runs the service, which exports every request that it answered, and ends by the signal", async () => {
  const port = await freePort();
  const code = codeOf("service").replace("8080", `${port}, "127.0.0.1"`).replace("5_000", "500");
  const { env, exports } = surroundings(receiver);
  const program = await startProgram(programOf("service", code), [], {
    ...env,
    TASKMON_STATE_DIR: join(folder, "state"),
    OTEL_TRACES_EXPORTER: "none",
    OTEL_LOGS_EXPORTER: "none",
  });
  let answered = 0;
  const ask = async (path: string): Promise<number> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined);
    await response?.arrayBuffer();
    if (response !== undefined) answered += 1;
    return response?.status ?? 0;
  };
  await expect.poll(() => ask("/readyz"), { timeout: 30_000 }).toBe(200);
  program.signal("SIGTERM");
  // Answered still, while readiness fails.
  await expect.poll(() => ask("/readyz"), { interval: 5 }).toBe(503);
  expect(await ask("/")).toBe(200);
  expect(await program.ended, program.said.join("\n")).toEqual({ code: null, signal: "SIGTERM" });
  expect(exports().map(requestsIn)).toEqual([answered]);
});

it("runs the job, which exports at its end", async () => {
  const { env, exports } = surroundings(receiver);
  const program = await startProgram(programOf("job", measured + codeOf("job")), [], env);
  expect(await program.ended, program.said.join("\n")).toEqual({ code: 0, signal: null });
  expect(latestOf(exports(), "work.done")).toBe(8);
});

it("runs the listener for uncaught exceptions, which exports, and ends with 1", async () => {
  const { env, exports, numbers } = surroundings(receiver);
  const code = `${measured}${codeOf("exception")}setImmediate(() => { throw new Error("on purpose"); });`;
  const program = await startProgram(programOf("exception", code), [], env);
  expect(await program.ended).toEqual({ code: 1, signal: null });
  expect(program.said.join("\n")).toContain("Error: on purpose");
  expect(latestOf(exports(), "work.done")).toBe(8);
  expect((await numbers()).map(({ instance }) => instance)).toEqual([undefined]);
});

it("runs the worker, which exports when it is told to end", async () => {
  const { env, exports, numbers } = surroundings(receiver);
  const inside = `${measured}${codeOf("worker")}parentPort.postMessage("ready");`;
  const worker = programOf("worker", inside);
  const code = `import { Worker } from "node:worker_threads";
const worker = new Worker(${JSON.stringify(worker)});
worker.once("message", () => worker.postMessage("end"));
`;
  const program = await startProgram(programOf("parent", code), [], env);
  expect(await program.ended, program.said.join("\n")).toEqual({ code: 0, signal: null });
  expect(latestOf(exports(), "work.done")).toBe(8);
  expect((await numbers()).map(({ instance }) => instance)).toEqual([undefined]);
});
