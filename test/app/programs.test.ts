import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, inject, it, vi } from "vitest";
import { freePort } from "../setup/servers.ts";
import { type Running, start } from "../setup/run.ts";

// Processes start slowly where many tests share a machine.
vi.setConfig({ testTimeout: 90_000 });

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/app.md"), "utf8");

/** Starts a program that imports the package by its name. */
async function startProgram(
  code: string,
  env: Readonly<Record<string, string>> = {},
): Promise<{ program: Running; said: string }> {
  const folder = mkdtempSync(join(inject("testRun").folder, "app-"));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules/taskmon"));
  symlinkSync(
    join(root, "node_modules/@opentelemetry"),
    join(folder, "node_modules/@opentelemetry"),
  );
  const said = join(folder, "said");
  writeFileSync(said, "");
  writeFileSync(join(folder, "program.mts"), code);
  const args = ["--conditions=@taskmon/source", "program.mts"];
  const program = await start(process.execPath, args, { cwd: folder, env: { ...env, SAID: said } });
  return { program, said };
}

function codeOf(name: string): string {
  const [, after = ""] = page.split(`<!-- ${name} -->`);
  const code = /^\s*```ts\n([^]*?)\n```/.exec(after)?.[1];
  if (code === undefined) throw new Error(`docs/app.md has no code called ${name}`);
  return code;
}

async function until(said: string, text: string): Promise<void> {
  while (!readFileSync(said, "utf8").includes(text)) await sleep(20);
}

it("runs the page's first program, which answers and says its critical path", async () => {
  const port = await freePort();
  const { program, said } = await startProgram(
    `${codeOf("app")}\nawait import("node:fs").then((fs) => fs.appendFileSync(process.env.SAID!, "started"));`,
    { PORT: String(port) },
  );
  await until(said, "started");
  const answer = await fetch(`http://127.0.0.1:${port}`);
  program.kill("SIGKILL");
  const { stdout } = await program.ended;
  expect([await answer.text(), stdout.trim()]).toEqual(["hello", "counter → web"]);
});

it("runs the page's command server, and its process ends by itself", async () => {
  const { program } = await startProgram(codeOf("app-commands"));
  expect(await program.ended).toEqual({ code: 0, stdout: "1\n", stderr: "" });
});

/** Two services, of which one may hang or throw at its end, in a process that ends on signals. */
const service = (stop: string): string => `
  import { appendFileSync } from "node:fs";
  import { shutdownOnSignals } from "taskmon";
  import { createApp, defineService } from "taskmon/app";
  const say = (text: string) => appendFileSync(process.env.SAID!, text + "\\n");
  const db = defineService({ id: 1n, name: "db", start: () => say("+db"), stop: () => say("-db") });
  const web = defineService({ id: 2n, name: "web", dependsOn: [db], stopTimeoutMs: 500, start: () => say("+web"), stop: ${stop} });
  const app = createApp({ services: [web, db] });
  const alive = setInterval(() => {}, 1_000);
  shutdownOnSignals(app, { timeoutMs: 3_000 });
  await app.start();
  say("ready");
  await app.dead;
  clearInterval(alive);
  say("exit code " + app.exitCode);
`;

it.each(["SIGTERM", "SIGINT", "SIGQUIT"] as const)(
  "ends in reverse order on %s",
  async (signal) => {
    const { program, said } = await startProgram(service(`() => say("-web")`));
    await until(said, "ready");
    program.kill(signal);
    await program.ended;
    expect(readFileSync(said, "utf8").trim().split("\n").slice(0, 5)).toEqual([
      ...["+db", "+web", "ready", "-web", "-db"],
    ]);
  },
);

it.each([
  ["hangs", `() => (say("-web"), new Promise(() => {}))`],
  ["throws", `() => { say("-web"); throw new Error("no"); }`],
])("ends all the same where a service %s at its end", async (_, stop) => {
  const { program, said } = await startProgram(service(stop));
  await until(said, "ready");
  program.kill("SIGTERM");
  await program.ended;
  expect(readFileSync(said, "utf8")).toContain("-web\n-db\n");
});

it("ends at once on a second signal", async () => {
  const { program, said } = await startProgram(
    service(`() => (say("-web"), new Promise(() => {}))`).replace(
      "stopTimeoutMs: 500",
      "stopTimeoutMs: 3000",
    ),
  );
  await until(said, "ready");
  program.kill("SIGTERM");
  await until(said, "-web");
  await sleep(200);
  program.kill("SIGTERM");
  await program.ended;
  expect(readFileSync(said, "utf8")).not.toContain("-db");
});

/** A service whose end blocks the event loop for 1.5 s, longer than its own time and the app's. */
const blocking = service(
  `() => { say("-web"); const end = Date.now() + 1_500; while (Date.now() < end); say("=web"); }`,
).replace(
  "shutdownOnSignals(app, { timeoutMs: 3_000 });",
  `shutdownOnSignals({
      async shutdown(options) {
        const { services, hung, complete } = await app.shutdown(options);
        const times = services.map(({ name, outcome, durationMs }) => [name, outcome, durationMs]);
        say("report " + JSON.stringify({ times, hung, complete }));
      },
    }, { timeoutMs: 500 });`,
);

it("goes on where a service that blocked the event loop at its end lets go, and says how long that took", async () => {
  const { program, said } = await startProgram(blocking);
  await until(said, "ready");
  program.kill("SIGTERM");
  expect(await program.ended).toMatchObject({ code: null, stderr: "" });
  const lines = readFileSync(said, "utf8").split("\n");
  expect(lines.slice(0, 5)).toEqual(["+db", "+web", "ready", "-web", "=web"]);
  expect(lines).toContain("-db");
  const report = JSON.parse(lines.find((line) => line.startsWith("report "))!.slice(7)) as {
    times: [name: string, outcome: string, durationMs: number][];
  };
  // Neither its own time nor the app's could be called while it blocked: it ended, and late.
  const [, outcome, durationMs] = report.times.find(([name]) => name === "web")!;
  expect(outcome).toBe("stopped");
  expect(durationMs).toBeGreaterThanOrEqual(1_400);
});

it("hears a second signal only when a service no longer blocks the event loop", async () => {
  const { program, said } = await startProgram(blocking);
  await until(said, "ready");
  program.kill("SIGTERM");
  await until(said, "-web");
  program.kill("SIGTERM");
  expect(await program.ended).toMatchObject({ code: null, stderr: "" });
  // Not at once, as otherwise: the block went on to its end.
  expect(readFileSync(said, "utf8")).toContain("=web");
});
