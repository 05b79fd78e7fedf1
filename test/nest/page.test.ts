import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { transform } from "esbuild";
import { expect, inject, it } from "vitest";
import { pageCode } from "../setup/readme.ts";
import { type Finished, run } from "../setup/run.ts";

const root = join(import.meta.dirname, "../..");

/** Runs a program in a folder of its own, which has these packages. */
async function runWith(packages: readonly string[], code: string): Promise<Finished> {
  const folder = mkdtempSync(join(inject("testRun").folder, "nest-"));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules/taskmon"));
  for (const name of packages)
    symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name));
  writeFileSync(join(folder, "program.mjs"), code);
  return run(process.execPath, ["--conditions=@taskmon/source", "program.mjs"], {
    cwd: folder,
    env: { TASKMON_STATE_DIR: folder },
  });
}

it("runs the page's module, with its decorators, as TypeScript compiles them", async () => {
  const program = `
    import "reflect-metadata";
    import { NestFactory } from "@nestjs/core";
    const pool = { query: async () => { throw new Error("no database"); } };
    ${pageCode("docs/frameworks.md", "nest")}
    const app = await NestFactory.create(AppModule, { logger: false });
    await app.listen(0, "127.0.0.1");
    const url = "http://127.0.0.1:" + app.getHttpServer().address().port;
    console.log(await (await fetch(url + "/orders/7")).text());
    let readiness: number;
    do readiness = (await fetch(url + "/readyz")).status; while (readiness !== 503);
    console.log(readiness);
    console.log(await (await fetch(url + "/metrics")).text());
    process.exit(0);
  `;
  const { code } = await transform(program, {
    loader: "ts",
    format: "esm",
    tsconfigRaw: { compilerOptions: { experimentalDecorators: true } },
  });
  const packages = ["@nestjs", "@opentelemetry", "reflect-metadata", "rxjs"];
  const { stdout, stderr } = await runWith(packages, code);
  expect(stderr).toBe("");
  expect(stdout).toMatch(/^order\n503\n/);
  expect(stdout).toMatch(/^orders_total(\{.*\})? 1$/m);
});

it("says which package of Nest cannot be found, and what to do", async () => {
  const { stdout, stderr } = await runWith(
    ["@opentelemetry"],
    `import { createTaskmon, memoryAllocator } from "taskmon";
     import { defineCounter } from "taskmon/metrics";
     import { InjectMetric, NestMissingError, TaskmonModule } from "taskmon/nest";
     const taskmon = createTaskmon({ target: { serviceName: "x" }, allocator: memoryAllocator() });
     const orders = defineCounter({ service: "shop", name: "orders", help: "Orders." });
     for (const call of [() => TaskmonModule.forRoot({ taskmon }), () => InjectMetric(orders)]) {
       try { call(); } catch (error) {
         console.log(error instanceof NestMissingError, error.code, error.message);
       }
     }
     await taskmon.shutdown();`,
  );
  expect({ lines: stdout.split("\n"), stderr }).toEqual({
    lines: [
      'true ERR_TASKMON_NEST_MISSING @nestjs/core cannot be found from here; give core: await import("@nestjs/core")',
      "true ERR_TASKMON_NEST_MISSING @nestjs/common cannot be found from here; write @Inject(metricToken(spec)) instead",
      "",
    ],
    stderr: "",
  });
});
