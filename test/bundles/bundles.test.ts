import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { transform } from "esbuild";
import { beforeAll, describe, expect, inject, it, onTestFinished } from "vitest";
import { writeModules } from "../../scripts/build-modules.ts";
import { pageCode } from "../setup/readme.ts";
import { runOk, start } from "../setup/run.ts";
import { freePort } from "../setup/servers.ts";
import { bundlers } from "./bundlers.ts";

const root = join(import.meta.dirname, "../..");
/** `npm run test:nightly` runs every combination; the ordinary suite one of each format, by two bundlers. */
const isNightly = process.env["TASKMON_NIGHTLY"] === "1";
/** A bundler has 700 kB to read, on a busy machine, and webpack takes minutes to minify them. */
const TIMEOUT_MS = isNightly ? 600_000 : 120_000;
/** A project that has the built package installed. */
let project: string;

beforeAll(async () => {
  project = mkdtempSync(join(inject("testRun").folder, "bundles-"));
  const modules = join(project, "node_modules");
  mkdirSync(join(modules, "taskmon"), { recursive: true });
  await writeModules(root, join(modules, "taskmon/dist"));
  cpSync(join(root, "package.json"), join(modules, "taskmon/package.json"));
  for (const name of ["@opentelemetry", "ajv", "yaml"])
    symlinkSync(join(root, "node_modules", name), join(modules, name));
  writeFileSync(join(project, "package.json"), '{ "type": "module" }');
  for (const name of ["app.js", "app-with-sdk.js"])
    cpSync(join(import.meta.dirname, name), join(project, name));
});

const everyCombination = Object.keys(bundlers).flatMap((bundler) =>
  (["esm", "cjs"] as const).flatMap((format) =>
    [false, true].map((minify) => ({ bundler, format, minify })),
  ),
);
const combinations: typeof everyCombination = isNightly
  ? everyCombination
  : [
      { bundler: "esbuild", format: "cjs", minify: true },
      { bundler: "rolldown", format: "esm", minify: false },
    ];

describe.each(combinations)("a bundle of $bundler, $format, minified: $minify", (combination) => {
  it(
    "answers requests, has a number from SQLite, and is scraped, where nothing is installed",
    async () => {
      const { bundler, format, minify } = combination;
      // Apart from the project, so that nothing is found that is not in the bundle.
      const folder = mkdtempSync(join(inject("testRun").folder, "bundle-"));
      const outFile = join(folder, format === "esm" ? "app.mjs" : "app.cjs");
      const warnings = await bundlers[bundler]!({
        ...{ entry: join(project, "app.js"), format, minify, outFile },
      });
      expect(warnings).toEqual([]);
      await runsAlone(process.execPath, [outFile], folder, `${bundler}-${format}-${minify}`);
    },
    TIMEOUT_MS,
  );
});

it(
  "a bundle in CommonJS with the OpenTelemetry SDK inside does the same",
  async () => {
    const folder = mkdtempSync(join(inject("testRun").folder, "bundle-"));
    const outFile = await bundleWithSdk(folder);
    await runsAlone(process.execPath, [outFile], folder, "sdk");
  },
  TIMEOUT_MS,
);

// Nearly all of its time goes into the 120 MB of Node.js that the bundle is put into.
it.each(isNightly ? ["a single executable"] : [])(
  "%s does the same, with the SDK inside",
  async () => {
    const folder = mkdtempSync(join(inject("testRun").folder, "executable-"));
    const executable = await executableOf(await bundleWithSdk(folder), folder);
    await runsAlone(executable, [], folder, "executable");
  },
  600_000,
);

it("serves the files of the status page from the built package, as they are in its sources", async () => {
  const files = ["page.css", "page.js", "plot.js", "favicon.svg"];
  writeFileSync(
    join(project, "assets.js"),
    `import { createTaskmon, memoryAllocator } from "taskmon";
     import { adminFetch } from "taskmon/admin";
     const target = { serviceName: "shop" };
     const answer = adminFetch(createTaskmon({ target, allocator: memoryAllocator() }));
     const answers = {};
     for (const name of ${JSON.stringify(files)}) {
       const response = await answer(new Request("http://localhost/" + name));
       answers[name] = { status: response.status, text: await response.text() };
     }
     console.log(JSON.stringify(answers));`,
  );
  const { stdout } = await runOk(process.execPath, ["assets.js"], { cwd: project });
  const source = (name: string): string =>
    readFileSync(join(root, "src/admin/assets", name), "utf8");
  expect(JSON.parse(stdout)).toEqual(
    Object.fromEntries(files.map((name) => [name, { status: 200, text: source(name) }])),
  );
});

/** A bundle in CommonJS of the service with the SDK. */
async function bundleWithSdk(folder: string): Promise<string> {
  const outFile = join(folder, "app.cjs");
  const entry = join(project, "app-with-sdk.js");
  const plan = { entry, format: "cjs", minify: true, outFile, metaUrl: true } as const;
  expect(await bundlers["esbuild"]!(plan)).toEqual([]);
  return outFile;
}

/** The bundle and Node.js in one file, by the commands of docs/bundles.md. */
async function executableOf(bundle: string, folder: string): Promise<string> {
  const page = "docs/bundles.md";
  writeFileSync(join(folder, "sea.json"), pageCode(page, "executable-config", "json"));
  const commands = pageCode(page, "executable", "sh")
    .replace("npx postject", `node ${join(root, "node_modules/postject/dist/cli.js")}`)
    .replace("./app\n", "");
  await runOk("sh", ["-ec", commands], { cwd: folder, timeoutMs: 600_000 });
  rmSync(bundle);
  return join(folder, "app");
}

/** Starts a bundled service, asks it, scrapes it, and ends it. */
async function runsAlone(
  command: string,
  args: readonly string[],
  folder: string,
  job: string,
): Promise<void> {
  const [port, scrapePort] = [await freePort(), await freePort()];
  const program = await start(command, args, {
    cwd: folder,
    env: {
      ...{ PORT: String(port), SCRAPE_PORT: String(scrapePort), JOB: job },
      ...{ OTEL_TRACES_EXPORTER: "none", OTEL_LOGS_EXPORTER: "none" },
      TASKMON_STATE_DIR: join(folder, "state"),
    },
  });
  onTestFinished(() => program.kill("SIGKILL"));
  const ask = (at: string): Promise<string> =>
    fetch(at).then(
      (response) => response.text(),
      () => "",
    );
  await expect.poll(() => ask(`http://127.0.0.1:${port}/`), { timeout: 20_000 }).toBe("hello");
  const scrape = (): Promise<string> => ask(`http://127.0.0.1:${scrapePort}/metrics`);
  await expect.poll(scrape, { timeout: 20_000 }).toMatch(/^taskmon_task_number(\{.*\})? 0$/m);
  const body = await scrape();
  expect(body).toMatch(/^shop_orders_total(\{.*\})? 1$/m);
  expect(body).toMatch(/^http_server_request_duration_seconds_count\{.*\} [1-9]/m);
  program.kill("SIGTERM");
  expect(await program.ended).toMatchObject({ code: null, stdout: "", stderr: "" });
}

it("names in the page the versions of the bundlers that run here", () => {
  const page = readFileSync(join(root, "docs/bundles.md"), "utf8");
  const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    readonly devDependencies: Readonly<Record<string, string>>;
  };
  for (const bundler of Object.keys(bundlers)) {
    const version = devDependencies[bundler === "rspack" ? "@rspack/core" : bundler]!;
    expect(page).toMatch(
      new RegExp(`^\\| ${bundler} .*\\| ${version.replaceAll(".", "\\.")} +\\|$`, "m"),
    );
  }
  expect(page).toContain(`\`postject\` ${devDependencies["postject"]}, `);
});

describe("tree-shaken", () => {
  it.each([
    ["specs", 10_000, 'export { defineCounter, defineGauge } from "taskmon/metrics";'],
    [
      "a counter with its registry",
      46_000,
      `import { defineCounter, MetricRegistry } from "taskmon/metrics";
       export const registry = new MetricRegistry();
       registry.counter(defineCounter({ service: "shop", name: "shop.a", help: "A." })).add(1);`,
    ],
  ])("%s of taskmon/metrics: less than %i bytes", async (_, limit, program) => {
    const folder = mkdtempSync(join(inject("testRun").folder, "shaken-"));
    const entry = join(project, "shaken.js");
    writeFileSync(entry, program);
    const outFile = join(folder, "shaken.mjs");
    await bundlers["rolldown"]!({ entry, format: "esm", minify: false, outFile });
    const { code } = await transform(readFileSync(outFile, "utf8"), { minify: true });
    expect(Buffer.byteLength(code)).toBeLessThan(limit);
  });
});
