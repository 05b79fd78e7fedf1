import { Worker } from "node:worker_threads";
import { expect, it, onTestFinished } from "vitest";
import {
  createApp,
  defineService,
  diagnosticReport,
  runtimeView,
  stackDump,
} from "../../../src/app/index.ts";

it("says of an app what OysterPack's App answered, as plain data", async () => {
  const db = defineService({ id: "0xd1", name: "db" });
  const mail = defineService({ id: "0xe2", name: "mail", dependsOn: [db], whenDead: "ignore" });
  const app = createApp({ services: [db, mail], logger: { emit() {} } });
  app.setServiceLogLevel(mail, "debug");
  await app.start();
  await app.get(mail)!.kill(new Error("no route"));

  const view = app.view();

  expect(JSON.parse(JSON.stringify(view))).toEqual(view);
  expect(view).toMatchObject({
    domain: "0x0",
    instance: `0x${app.identity.instance.toString(16)}`,
    state: "alive",
    startedAt: app.startedAt.toISOString(),
    pid: process.pid,
    exitCode: 0,
    logLevel: "info",
    services: [
      { id: "0xd1", name: "db", state: "alive", dependsOn: [], logLevel: "info", restarts: 0 },
      { id: "0xe2", name: "mail", state: "dead", dependsOn: ["db"], logLevel: "debug" },
    ],
  });
  expect(view.services[1]?.reason).toBe("no route");
  expect(view.services[0]?.reason).toBeUndefined();
  await app.shutdown();
});

it("says how the process stands", () => {
  expect(runtimeView()).toMatchObject({
    versions: { node: process.versions.node, taskmon: expect.any(String) as string },
    memory: { heapUsed: expect.any(Number) as number },
    eventLoopUtilization: expect.any(Number) as number,
  });
});

it("dumps the stacks of all threads", async () => {
  const worker = new Worker("setInterval(() => {}, 1000)", { eval: true });
  onTestFinished(async () => void (await worker.terminate()));
  await new Promise((resolve) => void worker.once("online", resolve));

  const dump = await theStackOfThisFunction();

  expect(dump).toMatch(/^main thread: /);
  expect(dump).toContain("theStackOfThisFunction");
  expect(dump).toMatch(/\nworker 1: [^]*waits for: .*timer/);
});

async function theStackOfThisFunction(): Promise<string> {
  return stackDump();
}

it("reports without the environment, the command line and the network", () => {
  process.env["APP_PASSWORD"] = "hunter2-in-the-environment";
  onTestFinished(() => void delete process.env["APP_PASSWORD"]);
  const { excludeEnv } = process.report;

  const report = diagnosticReport();

  const text = JSON.stringify(report);
  expect(text).not.toContain("hunter2");
  expect(report["header"]).not.toHaveProperty("cwd");
  expect(report).not.toHaveProperty("environmentVariables");
  expect(report["header"]).not.toHaveProperty("commandLine");
  expect(report["header"]).not.toHaveProperty("networkInterfaces");
  expect(report["header"]).toHaveProperty("nodejsVersion");
  expect(process.report.excludeEnv).toBe(excludeEnv);
});
