import { fork } from "node:child_process";
import { once } from "node:events";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, inject, it, vi } from "vitest";
import { startOtlpReceiver } from "../setup/otlp-receiver.ts";
import { childEnvironment } from "../setup/run.ts";
import { freePort } from "../setup/servers.ts";
import { afterTest } from "../http/harness.ts";
import { until } from "../e2e/shop.ts";

// Processes start slowly where many tests share a machine.
vi.setConfig({ testTimeout: 60_000 });

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/flush.md"), "utf8");

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(inject("testRun").folder, "docs-flush-"));
  mkdirSync(join(folder, "node_modules"));
  const packages = readdirSync(join(root, "node_modules")).filter((name) => !name.startsWith("."));
  for (const name of packages) {
    symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name));
  }
  symlinkSync(root, join(folder, "node_modules/taskmon"));
});

/** The block of code that follows the comment with this name. */
function codeOf(name: string): string {
  const [, after = ""] = page.split(`<!-- ${name} -->`);
  const code = /^\s*```ts\n([^]*?)\n```/.exec(after)?.[1];
  if (code === undefined) throw new Error(`docs/flush.md has no code called ${name}`);
  return `${code}\n`;
}

/** Runs the code, which says over IPC what it has to say. */
function runProgram(
  name: string,
  code: string,
  env: Record<string, string> = {},
): ReturnType<typeof fork> {
  const file = join(folder, `${name}.ts`);
  writeFileSync(file, code);
  const child = fork(file, {
    cwd: folder,
    env: {
      ...childEnvironment(),
      OTEL_TRACES_EXPORTER: "none",
      OTEL_LOGS_EXPORTER: "none",
      ...env,
    },
    execArgv: ["--conditions=@taskmon/source"],
  });
  afterTest(() => child.kill("SIGKILL"));
  return child;
}

it("runs the service, whose first request is at the receiver when it ends", async () => {
  const receiver = await startOtlpReceiver();
  afterTest(() => receiver.stop());
  const port = await freePort();
  runProgram("service", codeOf("service"), {
    PORT: String(port),
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    HOME: folder,
    XDG_STATE_HOME: folder,
  });
  const ask = (): Promise<string> =>
    fetch(`http://127.0.0.1:${port}`).then((response) => response.text());
  let answer = "";
  await until(
    () =>
      ask().then(
        (text) => Boolean((answer = text)),
        () => false,
      ),
    "an answer",
  );
  expect(answer).toBe("hello");
  expect(receiver.exports.flatMap(({ metrics }) => metrics.map(({ name }) => name))).toContain(
    "http.server.request.duration",
  );
});

const target = `
let due = true;
let flushes = 0;
const taskmon = {
  flush: {
    get isDue() { return due; },
    async ifDue() { due = false; flushes++; },
  },
};
`;

it.each([
  [
    "fastify",
    `app.get("/", async () => "hello");
    await app.listen({ port: 0, host: "127.0.0.1" });
    const answer = await (await fetch(app.listeningOrigin)).text();`,
  ],
  [
    "express",
    `app.get("/", (_request, response) => void response.send("hello"));
    const server = app.listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const answer = await (await fetch("http://127.0.0.1:" + server.address().port)).text();`,
  ],
  [
    "fetch",
    `app.get("/", (context) => context.text("hello"));
    const answer = await (await main.fetch(new Request("http://t/"))).text();`,
  ],
  ["lambda", `const { body: answer } = await handler({ id: "hello" });`],
])("runs the code of %s, which flushes once", async (name, use) => {
  // What the page shows is about handlers; the Taskmon object of the service above stands before it.
  const code = codeOf(name).replace("export default", "const main =");
  const program = `${code.replace(/^import .*taskmon\/flush";$/m, (line) => `${line}\n${target}`)}
    ${use}
    process.send!([answer, flushes], () => process.exit(0));`;
  const child = runProgram(name, program);
  expect((await once(child, "message"))[0]).toEqual(["hello", 1]);
});
