import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { SLOW_FILES, slowFirst } from "./slow-first.ts";

it("brings slow files to the front, the slowest first, and leaves the others in their order", () => {
  const [slowest, second] = SLOW_FILES;
  const files = ["test/b.test.ts", second!, "test/a.test.ts", slowest!];
  expect(slowFirst(files, (file) => file)).toEqual([
    ...[slowest, second],
    ...["test/b.test.ts", "test/a.test.ts"],
  ]);
});

it("names files that there are", () => {
  const root = join(import.meta.dirname, "../..");
  expect(SLOW_FILES.filter((file) => !existsSync(join(root, file)))).toEqual([]);
});
