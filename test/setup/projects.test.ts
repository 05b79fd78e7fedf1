import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { mayShare, sharingTests } from "./projects.ts";

const root = join(import.meta.dirname, "../..");

describe("a test's text", () => {
  it.each([
    [`import { expect, it } from "vitest";\nimport { a } from "../../src/a.ts";`],
    [`import { join } from "node:path";\nimport fc from "fast-check";`],
    [`it("says createServer", () => expect("from node:http").toBe(process.execPath));`],
  ])("lets it share a process: %s", (text) => {
    expect(mayShare("/p/test/room/a.test.ts", text)).toBe(true);
  });

  it.each([
    [`import { spawn } from "node:child_process";`],
    [`import "node:http";`],
    [`import {\n  diag,\n  metrics,\n} from "@opentelemetry/api";`],
    [`import { createTaskmon } from "taskmon";`],
    [`const { fork } = await import("node:child_process");`],
    [`process.env["A"] = "b";`],
    [`process.chdir("/");`],
    [`vi.useFakeTimers();`],
    [`globalThis.fetch = undefined;`],
  ])("gives it a process of its own: %s", (text) => {
    expect(mayShare("/p/test/room/a.test.ts", text)).toBe(false);
  });
});

it("asks the helpers of a test, too", () => {
  const sharing = sharingTests(root);
  expect(sharing).toContain("test/check/evaluate.test.ts");
  // Its helper starts processes; its own text does not say so.
  expect(sharing).not.toContain("test/cluster/numbers.test.ts");
  expect(sharing).not.toContain("test/cluster/scrape.test.ts");
});
