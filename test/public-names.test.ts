import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createTaskmon, memoryAllocator } from "taskmon";
import { type PublicNames, publicNames } from "../scripts/public-names.ts";

const entries = publicNames(join(import.meta.dirname, ".."));

/** A name that comes or goes changes this file: `npx vitest run test/public-names.test.ts -u` writes it. */
it("exports from each entry the names in public-names.txt, and no other", async () => {
  const text = [...entries].map(([entry, names]) => `${entry}\n${listOf(names)}`).join("\n");
  await expect(text).toMatchFileSnapshot("public-names.txt");
});

describe.each([...entries])("%s", (entry, { values }) => {
  it("exports at run time what its source lists", async () => {
    const names = Object.keys((await import(entry)) as object);
    expect(names.toSorted()).toEqual(values);
  });
});

it("gives a Taskmon object these members", async () => {
  await using taskmon = createTaskmon({
    target: { serviceName: "shop" },
    allocator: memoryAllocator(),
    http: false,
  });
  const members = new Set(
    [taskmon, Object.getPrototypeOf(taskmon) as object].flatMap((holder) =>
      Object.getOwnPropertyNames(holder),
    ),
  );
  members.delete("constructor");
  expect([...members].toSorted()).toEqual([
    ...["attach", "disable", "dump", "enable", "flush", "getConfig", "health", "identity"],
    ...[
      "instrumentationName",
      "instrumentationVersion",
      "metrics",
      "monitors",
      "on",
      "probes",
      "readers",
    ],
    ...["resourceDetector", "setConfig", "setMeterProvider", "setTracerProvider", "settings"],
    ...["shutdown", "start", "status", "task", "views"],
  ]);
});

function listOf({ values, types }: PublicNames): string {
  const lines = [...values, ...types.map((name) => `type ${name}`)];
  return lines.map((line) => `  ${line}\n`).join("");
}
