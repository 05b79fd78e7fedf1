import { join } from "node:path";
import { expect, it } from "vitest";
import { runOk } from "../setup/run.ts";

const root = join(import.meta.dirname, "../..");

it.each(["instruments", "auto"])(
  "does not grow past the cap under endless new label values, removed series among them: %s",
  async (delivery) => {
    const { stdout } = await runOk(
      process.execPath,
      [
        ...["--conditions=@taskmon/source", "--expose-gc"],
        join(import.meta.dirname, "fixtures/churn.ts"),
        delivery,
      ],
      { cwd: root },
    );
    const { grownBytes, series } = JSON.parse(stdout) as { grownBytes: number; series: number[] };
    // 75,000 further label sets, of which each kept alone would take some 200 bytes.
    expect(grownBytes).toBeLessThan(1_500_000);
    expect(Math.max(...series)).toBeLessThanOrEqual(501);
  },
);
