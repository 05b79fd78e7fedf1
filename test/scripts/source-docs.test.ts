import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { documentedErrors, documentedLines, documentedOptions } from "../../scripts/source-docs.ts";

const root = join(import.meta.dirname, "../..");

describe("the reference's facts", () => {
  it("have every error code that an entry point exports, with what it means", () => {
    const errors = documentedErrors(root);
    expect(errors.map(({ code }) => code)).toContain("ERR_TASKMON_INVALID_OPTION");
    expect(errors.filter(({ text }) => text === "")).toEqual([]);
    expect(new Set(errors.map(({ code }) => code)).size).toBe(errors.length);
  });

  it("have the options of createTaskmon first, each with its default or the word required", () => {
    const [first] = documentedOptions(root);
    expect(first?.name).toBe("TaskmonOptions");
    expect(first?.options.find(({ name }) => name === "devMode")).toEqual({
      name: "devMode",
      required: false,
      type: "boolean",
      text: expect.stringContaining("push readers send nothing") as string,
      byDefault: "false",
    });
  });

  it("have the lines that may be logged", () => {
    expect(documentedLines(root).length).toBeGreaterThan(40);
  });
});
