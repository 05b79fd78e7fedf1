import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, inject, it } from "vitest";
import { PROGRAM } from "../../src/cli/init/program.ts";
import { readmeCode } from "../setup/readme.ts";
import { run, runOk, start } from "../setup/run.ts";
import { freePort } from "../setup/servers.ts";

const root = join(import.meta.dirname, "../..");
const main = join(root, "src/cli/main.ts");
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(inject("testRun").folder, "quick-start-"));
});

it("is one program: the example's, the README's, and what taskmon init writes", () => {
  const example = readFileSync(join(root, "examples/quick-start/service.ts"), "utf8");
  expect(PROGRAM).toBe(example);
  expect(readmeCode("first")).toBe(example);
});

it("answers, shows its metrics at the printed address, and ends at once at Ctrl-C", async () => {
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules/taskmon"));
  symlinkSync(
    join(root, "node_modules/@opentelemetry"),
    join(folder, "node_modules/@opentelemetry"),
  );
  const written = await runOk(process.execPath, [main, "init"], { cwd: folder });
  expect(written.stdout).toBe("Wrote service.mjs. Next:\n  node service.mjs\n");

  const port = String(await freePort());
  const program = ["--conditions=@taskmon/source", "service.mjs"];
  const service = await start(process.execPath, program, {
    cwd: folder,
    env: { PORT: port, TASKMON_STATE_DIR: join(folder, "state") },
  });
  const url = `http://localhost:${port}`;
  const get = async (path: string): Promise<string | undefined> =>
    fetch(url + path).then(
      (response) => response.text(),
      () => undefined,
    );
  while ((await get("/")) === undefined) await new Promise((done) => setTimeout(done, 50));
  const [, page] = ["", await get("/metrics")];
  expect(page).toMatch(/^greetings_total\{language="en",.*\} 1$/m);
  expect(page).toMatch(/^http_server_request_duration_seconds_count\{.*\} 1$/m);
  expect(page).toMatch(/^process_memory_usage_bytes\{/m);

  // A connection that is kept open does not keep it.
  service.kill("SIGINT");
  const { code, stdout, stderr } = await service.ended;
  expect({ code, stderr }).toEqual({ code: null, stderr: "" });
  expect(stdout).toContain(`${url}/metrics`);
}, 60_000);

it("is written beside what is there, never over it", async () => {
  writeFileSync(join(folder, "service.mjs"), "mine");
  expect(await run(process.execPath, [main, "init"], { cwd: folder })).toEqual({
    code: 1,
    stdout: "",
    stderr: "service.mjs is there already, and stays as it is; name another file\n",
  });
  expect(readFileSync(join(folder, "service.mjs"), "utf8")).toBe("mine");
  const other = await run(process.execPath, [main, "init", "other.ts", "--json"], { cwd: folder });
  expect(JSON.parse(other.stdout)).toEqual({
    file: join(folder, "other.ts"),
    next: ["npm install taskmon @opentelemetry/api", "node other.ts"],
  });
  expect((await run(process.execPath, [main, "init", "notes.txt"], { cwd: folder })).code).toBe(2);
});
