import { join } from "node:path";
import { expect, it } from "vitest";
import { runCli } from "../../src/cli/run.ts";
import { run } from "../setup/run.ts";

const folder = join(import.meta.dirname, "../../examples/spec-files");

it("runs the example, which serves metrics that a file declares", async () => {
  const args = ["--conditions=@taskmon/source", "spec-files.ts"];
  const { code, stdout, stderr } = await run(process.execPath, args, { cwd: folder });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/^shop_orders_placed_total\{currency="EUR",channel="web".*\} 1$/m);
  expect(stdout).toMatch(/^shop_checkout_duration_bucket\{.*le="60"\} 1$/m);
  expect(stdout).toContain("the warehouse is checked every 60000 ms, for 3000 ms at most");
});

it("keeps the example's declarations up to date", async () => {
  const lines: string[] = [];
  const write = (text: string): void => void lines.push(text);
  const args = [
    "types",
    join(folder, "metrics.yaml"),
    "--out",
    join(folder, "specs.ts"),
    "--check",
  ];
  const code = await runCli(args, { out: write, error: write });
  expect({ code, lines }).toEqual({ code: 0, lines: [] });
});
