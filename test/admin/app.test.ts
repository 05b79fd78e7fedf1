import { expect, it, onTestFinished } from "vitest";
import { createApp, defineService } from "../../src/app/index.ts";
import { act, sceneTaskmon, servedPage, TOKENS } from "./scene.ts";

it("answers what the reference's App answers, and sets levels and kills", async () => {
  const taskmon = sceneTaskmon();
  const app = createApp({
    taskmon,
    services: [
      defineService({ id: "0xe1", name: "mail" }),
      defineService({ id: "0xe2", name: "http", dependsOn: ["0xe1"] }),
    ],
  });
  onTestFinished(() => void app.shutdown({ timeoutMs: 100 }));
  await app.start();
  const url = await servedPage(taskmon, { app });
  const answer = (await (await fetch(`${url}api/v1/app`)).json()) as any;
  expect(answer.app).toMatchObject({ state: "alive", pid: process.pid, logLevel: "info" });
  expect(answer.app.services).toEqual([
    expect.objectContaining({ id: "0xe1", name: "mail", state: "alive", dependsOn: [] }),
    expect.objectContaining({ id: "0xe2", name: "http", state: "alive", dependsOn: ["mail"] }),
  ]);
  expect(answer.config).toHaveProperty("dir");
  expect(answer.runtime.versions).toHaveProperty("taskmon");

  const level = `${url}api/v1/app/services/mail/log-level`;
  expect(await (await act(level, "PUT", { level: "debug" })).json()).toEqual({ level: "debug" });
  expect(app.serviceLogLevel("0xe1")).toBe("debug");
  expect((await act(level, "PUT", { level: "loud" })).status).toBe(422);
  const unknown = `${url}api/v1/app/services/nobody/log-level`;
  expect((await act(unknown, "PUT", { level: "debug" })).status).toBe(404);
  await act(`${url}api/v1/app/log-level`, "PUT", { level: "warn" });
  expect(app.logLevel).toBe("warn");

  const admin = { authorization: `Bearer ${TOKENS.admin}` };
  await act(`${url}api/v1/kill`, "POST", { why: "a test" }, admin);
  await app.dying;
});
