import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, inject, it, onTestFinished, vi } from "vitest";
import { packPackage } from "../setup/pack.ts";
import { runOk, start } from "../setup/run.ts";
import { freePort } from "../setup/servers.ts";

const root = join(import.meta.dirname, "../..");
const example = join(root, "examples/frameworks/next");
const packages = {
  next: "16.4.6",
  react: "19.3.1",
  "react-dom": "19.3.1",
  "@opentelemetry/api": "1.10.0",
  "@types/node": "22.20.5",
  "@types/react": "19.2.7",
  typescript: "5.9.3",
};
/** `npm run test:nightly` installs Next.js and builds the example; that takes minutes. */
const isNightly = process.env["TASKMON_NEXT_NIGHTLY"] === "1";
const TIMEOUT_MS = 900_000;
const bundlers = isNightly ? ["turbopack", "webpack"] : [];

it("answers a scrape and readiness with what instrumentation.ts made, and makes nothing before", async () => {
  vi.stubEnv("NEXT_RUNTIME", "nodejs");
  vi.stubEnv("TASKMON_STATE_DIR", mkdtempSync(join(inject("testRun").folder, "next-")));
  const shared = globalThis as { telemetry?: unknown };
  const metrics = await import("../../examples/frameworks/next/app/api/metrics/route.ts");
  const readyz = await import("../../examples/frameworks/next/app/readyz/route.ts");
  expect(shared.telemetry).toBeUndefined();

  const before = process.listeners("SIGTERM");
  const { register } = await import("../../examples/frameworks/next/instrumentation.ts");
  await register();
  const made = shared.telemetry;
  const { telemetry } = await import("../../examples/frameworks/next/telemetry.ts");
  const { taskmon } = telemetry();
  onTestFinished(async () => {
    await taskmon.shutdown();
    // Of this test's process, which is not the program's.
    for (const signal of ["SIGTERM", "SIGINT", "SIGQUIT"] as const)
      for (const listener of process.listeners(signal))
        if (!before.includes(listener)) process.off(signal, listener);
  });

  const response = await metrics.GET(new Request("http://localhost/api/metrics"));
  expect(response.headers.get("content-type")).toContain("text/plain; version=0.0.4");
  expect(await response.text()).toContain("taskmon_");
  expect(readyz.GET(new Request("http://localhost/readyz")).status).toBe(200);
  expect(telemetry()).toBe(made);
  expect(taskmon.readers.list).toHaveLength(1);
});

it("is built with the version that the page names", () => {
  const page = readFileSync(join(root, "docs/frameworks.md"), "utf8");
  expect(page).toContain(`\`next\` ${packages.next}, `);
});

describe.each(bundlers)("built by %s, standalone", (bundler) => {
  it(
    "answers with its routes, is scraped with a number, and drains at SIGTERM",
    async () => {
      const project = await build(bundler);
      const port = await freePort();
      const server = await start(process.execPath, ["server.js"], {
        cwd: join(project, ".next/standalone"),
        env: {
          ...{ PORT: String(port), HOSTNAME: "127.0.0.1", DRAIN_MS: "1000" },
          ...{ NEXT_MANUAL_SIG_HANDLE: "true", TASKMON_STATE_DIR: join(project, "state") },
        },
      });
      onTestFinished(() => server.kill("SIGKILL"));
      const get = (path: string): Promise<{ status: number; text: string }> =>
        fetch(`http://127.0.0.1:${port}${path}`).then(
          async (response) => ({ status: response.status, text: await response.text() }),
          () => ({ status: 0, text: "" }),
        );
      await expect.poll(() => get("/readyz"), { timeout: 30_000 }).toMatchObject({ status: 200 });
      for (const id of [7, 8, 9]) expect((await get(`/users/${id}`)).text).toContain(`>${id}<`);
      expect((await get("/made-up")).status).toBe(404);

      const scrape = async (): Promise<string> => (await get("/api/metrics")).text;
      await expect.poll(scrape, { timeout: 30_000 }).toMatch(/^taskmon_task_number(\{.*\})? 0$/m);
      const counts = (await scrape())
        .split("\n")
        .filter((line) => line.startsWith("http_server_request_duration_seconds_count"));
      expect(counts.filter((line) => line.includes('http_route="/users/[id]"'))).toEqual([
        expect.stringMatching(/ 3$/),
      ]);
      expect(counts.join("\n")).not.toContain("made-up");

      server.kill("SIGTERM");
      await expect.poll(() => get("/readyz"), { interval: 10 }).toMatchObject({ status: 503 });
      expect((await get("/users/7")).status).toBe(200);
      // By the signal, when everything is done: it has no exit code.
      expect(await server.ended).toMatchObject({ code: null, stderr: "" });
    },
    TIMEOUT_MS,
  );
});

/** The example, installed from npm beside the packed package, and built; its folder. */
async function build(bundler: string): Promise<string> {
  const { tarball } = await packPackage();
  const project = mkdtempSync(join(inject("testRun").folder, `next-${bundler}-`));
  cpSync(example, project, { recursive: true });
  writeFileSync(
    join(project, "package.json"),
    JSON.stringify({ type: "module", private: true, dependencies: packages }),
  );
  const options = { cwd: project, timeoutMs: TIMEOUT_MS, env: { NEXT_TELEMETRY_DISABLED: "1" } };
  const quiet = ["--prefer-offline", "--no-package-lock", "--no-audit", "--no-fund"];
  await runOk("npm", ["install", tarball, ...quiet], options);
  await runOk(
    process.execPath,
    ["node_modules/next/dist/bin/next", "build", `--${bundler}`],
    options,
  );
  return project;
}
