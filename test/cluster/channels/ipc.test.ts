import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, inject, it, onTestFinished } from "vitest";
import { ipcChannel } from "../../../src/cluster/channels/ipc.ts";
import { forget, remember } from "../../setup/leftovers.ts";
import { run } from "../../setup/run.ts";

/** A child that counts our messages, and says how many it got when asked. */
async function startChild(): Promise<ChildProcess> {
  const { folder } = inject("testRun");
  const file = join(mkdtempSync(join(folder, "ipc-")), "child.mjs");
  writeFileSync(
    file,
    `let count = 0;
     process.on("internalMessage", () => count += 1);
     process.on("message", () => process.send(count));
     process.send("up");`,
  );
  const child = fork(file, { detached: true });
  remember(folder, child.pid!);
  child.once("exit", () => forget(folder, child.pid!));
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child, "message");
  return child;
}

it("rejects what a process cannot take that is stopped, and goes on with it afterwards", async () => {
  const child = await startChild();
  const channel = ipcChannel(child);
  child.kill("SIGSTOP");
  const text = "x".repeat(10_000);
  const sent: Promise<void>[] = [];
  let error: unknown;
  for (let count = 0; error === undefined && count < 10_000; count++) {
    const sending = channel.send({ text });
    sent.push(sending);
    // One that is refused is so at once.
    error = await Promise.race([sending.then(() => undefined).catch((e: unknown) => e), sleep(0)]);
  }
  expect(error).toMatchObject({ code: "ERR_TASKMON_CHANNEL", message: "The channel is full" });
  // No more than Node.js holds without complaint: some tens of messages of this size.
  expect(sent.length).toBeLessThan(1_000);
  child.kill("SIGCONT");
  const outcomes = await Promise.allSettled(sent);
  expect(outcomes.filter(({ status }) => status === "rejected")).toHaveLength(1);
  await channel.send({ text });
  child.send("count");
  expect(await once(child, "message")).toContain(sent.length);
});

it("rejects what cannot be carried, and what nobody gets any more, and throws nothing", async () => {
  const child = await startChild();
  const channel = ipcChannel(child);
  await expect(channel.send({ big: 1n })).rejects.toMatchObject({ code: "ERR_TASKMON_CHANNEL" });
  await channel.send({ small: 1 });
  let closed = 0;
  channel.onClose(() => {
    closed += 1;
  });
  child.kill("SIGKILL");
  await once(child, "exit");
  await expect(channel.send({ small: 1 })).rejects.toMatchObject({ code: "ERR_TASKMON_CHANNEL" });
  expect(closed).toBe(1);
});

it("says at construction where there is no parent", async () => {
  const module = JSON.stringify(join(import.meta.dirname, "../../../src/cluster/index.ts"));
  const code = `
    const { parentLease, shareScrape } = await import(${module});
    const reader = { collect() {}, shutdown() {} };
    for (const start of [() => parentLease(), () => shareScrape(reader)]) {
      try { start(); } catch ({ code }) { console.log(code); }
    }`;
  const args = ["--conditions=@taskmon/source", "--no-warnings", "--input-type=module"];
  const { stdout } = await run(process.execPath, [...args, "--eval", code], { cwd: tmpdir() });
  expect(stdout).toBe("ERR_TASKMON_NO_PARENT\nERR_TASKMON_NO_PARENT\n");
});
