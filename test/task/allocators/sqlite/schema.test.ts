import { expect, it, vi } from "vitest";
import { openSqlite } from "../../../../src/task/allocators/sqlite/schema.ts";

it("says which Node.js is too old for a file", () => {
  const missing = vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined);
  try {
    expect(() => openSqlite(":memory:")).toThrow(
      `Node.js ${process.version} has no node:sqlite; use 22.15 or later`,
    );
  } finally {
    missing.mockRestore();
  }
});
