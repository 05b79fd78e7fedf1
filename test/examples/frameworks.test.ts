import { mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, it, vi } from "vitest";
import { start } from "../setup/run.ts";
import { freePort } from "../setup/servers.ts";

// Six programs start here, one after the other.
vi.setConfig({ testTimeout: 60_000 });

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/frameworks.md"), "utf8");
const examples = join(root, "examples/frameworks");

interface Example {
  readonly name: string;
  /** Of a program in JavaScript. @default ts */
  readonly type?: "mjs";
  readonly path: string;
  readonly answer: string;
  readonly route: string;
}

const user = { path: "/users/7", answer: "user 7\n", route: "/users/:id" };
const query = encodeURIComponent("query FirstUser { firstUser }");

it.each<Example>([
  { name: "express", ...user },
  { name: "fastify", ...user },
  { name: "hono", ...user },
  { name: "koa", ...user },
  { name: "react-router/server", ...user },
  {
    ...{ name: "trpc" },
    ...{ path: "/trpc/users.first", answer: "Ada", route: "/trpc/users.first" },
  },
  {
    ...{ name: "graphql-yoga", type: "mjs" },
    path: `/graphql?operationName=FirstUser&query=${query}`,
    ...{ answer: "Ada", route: "/graphql/FirstUser" },
  },
])("$name answers, is scraped with its route, is ready, and drains", async (example) => {
  const { name, type = "ts", path, answer, route } = example;
  const port = await freePort();
  const folder = mkdtempSync(join(inject("testRun").folder, `${name.replace("/", "-")}-`));
  const service = await start(
    process.execPath,
    ["--conditions=@taskmon/source", join(examples, `${name}.${type}`)],
    {
      cwd: root,
      env: { PORT: String(port), DRAIN_MS: "1000", TASKMON_STATE_DIR: folder },
    },
  );
  const get = (at: string): Promise<{ status: number; text: string }> =>
    fetch(`http://localhost:${port}${at}`).then(
      async (response) => ({ status: response.status, text: await response.text() }),
      () => ({ status: 0, text: "" }),
    );
  await expect.poll(() => get("/readyz"), { timeout: 30_000 }).toMatchObject({ status: 200 });
  const answered = await get(path);
  expect(answered.status).toBe(200);
  expect(answered.text).toContain(answer);
  expect((await get("/made-up")).status).toBe(404);

  const lines = (await get("/metrics")).text.split("\n").filter((line) => {
    return line.startsWith("http_server_request_duration_seconds_count");
  });
  expect(lines.filter((line) => line.includes(`http_route="${route}"`))).toEqual([
    expect.stringMatching(/ 1$/),
  ]);
  expect(lines.join("\n")).not.toContain("made-up");

  service.kill("SIGTERM");
  await expect.poll(() => get("/readyz"), { interval: 10 }).toMatchObject({ status: 503 });
  expect((await get(path)).status).toBe(200);
  // By the signal, when all is done: it has no exit code.
  expect(await service.ended).toMatchObject({ code: null, stderr: "" });
});

it("stand in the page as they are, each with the version that was tested", () => {
  const names = ["express", "fastify", "hono", "koa", "trpc", "lambda", "cloud-run"];
  const files = [
    ...[...names.map((name) => `${name}.ts`), "graphql-yoga.mjs"],
    ...[
      "telemetry.ts",
      "instrumentation.ts",
      "app/api/metrics/route.ts",
      "app/readyz/route.ts",
    ].map((file) => `next/${file}`),
  ];
  for (const file of files) {
    expect(page).toContain(
      `\`\`\`${file.endsWith(".mjs") ? "js" : "ts"}\n${readFileSync(join(examples, file), "utf8")}\`\`\``,
    );
  }
  const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    readonly devDependencies: Readonly<Record<string, string>>;
  };
  const tested = [
    "express",
    "fastify",
    "@nestjs/core",
    "hono",
    "koa",
    "@trpc/server",
    "react-router",
  ];
  for (const name of [...tested, "graphql-yoga"]) {
    expect(page).toMatch(new RegExp(`\`${name}\` ${devDependencies[name]}\\b`));
  }
});
