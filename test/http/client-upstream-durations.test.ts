import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

/** What a program of its own counted of two requests by `http.get` and three by fetch. */
async function run(
  ...args: string[]
): Promise<{ counts: unknown; children: number; told: number }> {
  const program = fileURLToPath(new URL("fixtures/client-upstream-durations.ts", import.meta.url));
  const flags = ["--conditions=@taskmon/source", "--experimental-strip-types", "--no-warnings"];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, program, ...args]);
  return JSON.parse(stdout.trim().split("\n").at(-1)!);
}

const DURATION = "http.client.request.duration";
const ours = { [`taskmon.http ${DURATION}`]: 5 };
const sizes = { "taskmon.http http.client.response.body.size": 5 };
const theirs = {
  [`@opentelemetry/instrumentation-http ${DURATION}`]: 2,
  [`@opentelemetry/instrumentation-undici ${DURATION}`]: 3,
};

describe("beside OpenTelemetry's instrumentations in one NodeSDK, clients", () => {
  it.each([
    ["auto", "first", "", { ...theirs, ...sizes }],
    ["auto", "last", "", { ...theirs, ...sizes }],
    ["auto", "alone", "", { ...ours, ...sizes }],
    ["auto", "last", "drop", { ...ours, ...sizes }],
    ["always", "last", "", { ...theirs, ...ours, ...sizes }],
    ["never", "alone", "", sizes],
  ])("with durations %s, ours %s, view %j count %j", async (choice, order, view, expected) => {
    const { counts, children, told } = await run(choice, order, view);
    expect(counts).toEqual(expected);
    // Their spans and what they tell the server are as without ours.
    const spans = order === "alone" ? 0 : 5;
    expect([children, told]).toEqual([spans, spans]);
  });

  it("leave theirs as they are without ours", async () => {
    expect(await run("auto", "theirs", "")).toEqual({ counts: theirs, children: 5, told: 5 });
  });
});
