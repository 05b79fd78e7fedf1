import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, it, test } from "vitest";
import type { TaskNumAllocator } from "../../src/task/allocator.ts";
import { allocatorLawNames, allocatorLaws, manualClock } from "../../src/testing/index.ts";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/allocators.md"), "utf8");

interface Documents {
  read(key: string): Promise<{ text: string; version: string; now: number }>;
  write(key: string, text: string, version: string): Promise<boolean>;
}

/** The module in the page. */
async function documentAllocator(): Promise<(documents: Documents) => TaskNumAllocator> {
  const [, after = ""] = page.split("<!-- document-allocator -->");
  const code = /^\s*```ts\n([^]*?)\n```/.exec(after)?.[1] ?? "";
  const folder = mkdtempSync(join(inject("testRun").folder, "docs-"));
  const file = join(folder, "allocator.ts");
  writeFileSync(file, code.replace('"taskmon/task"', `"${join(root, "src/task/index.ts")}"`));
  const module = (await import(file)) as {
    documentAllocator: (documents: Documents) => TaskNumAllocator;
  };
  return module.documentAllocator;
}

const clock = manualClock();

function memoryDocuments() {
  const documents = new Map<string, { text: string; version: string; now: number }>();
  let version = 0;
  return {
    async read(key: string) {
      return { text: "", version: "", ...documents.get(key), now: clock.wallTime() };
    },
    async write(key: string, text: string, expected: string) {
      if ((documents.get(key)?.version ?? "") !== expected) return false;
      documents.set(key, { text, version: String(++version), now: 0 });
      return true;
    },
    removeAll: () => documents.clear(),
  };
}

const create = await documentAllocator();

allocatorLaws(test, {
  create() {
    const documents = memoryDocuments();
    return {
      allocator: create(documents),
      another: () => create(documents),
      forget: () => documents.removeAll(),
    };
  },
  advance: (ms) => clock.advance(ms),
  skip: allocatorLawNames
    .filter((law) => law.startsWith("lists "))
    .map((law) => ({ law, reason: "the page's allocator has no list" })),
});

it("counts the laws as the page does", () => {
  expect(page).toContain(`Each of the ${allocatorLawNames.length} laws`);
});
