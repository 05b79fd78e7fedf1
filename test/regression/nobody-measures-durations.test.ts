import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

/** Who counted how many of the durations of three requests that a program of its own sent to itself. */
async function count(way: string): Promise<Record<string, number>> {
  const program = fileURLToPath(new URL("fixtures/nobody-measures-durations.ts", import.meta.url));
  const flags = ["--conditions=@taskmon/source", "--experimental-strip-types", "--no-warnings"];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, program, way]);
  return JSON.parse(stdout.trim().split("\n").at(-1)!);
}

const SERVER = "http.server.request.duration";
const CLIENT = "http.client.request.duration";
const HTTP = "@opentelemetry/instrumentation-http";
const UNDICI = "@opentelemetry/instrumentation-undici";

// `instrumentation-http` and `-undici` are registered in each of these, and measure nothing in most.
it.each([
  ["an ESM program, which they cannot patch", "esm", { [`taskmon.http ${SERVER}`]: 3 }],
  ["requests that a server does not follow", "incoming", { [`taskmon.http ${SERVER}`]: 3 }],
  ["requests that a server ignores", "ignored", { [`taskmon.http ${SERVER}`]: 3 }],
  ["requests that a client does not follow", "outgoing", { [`taskmon.http ${CLIENT}`]: 3 }],
  ["requests of fetch that are ignored", "fetch", { [`taskmon.http ${CLIENT}`]: 3 }],
  [
    "some requests that are ignored",
    "some",
    { [`taskmon.http ${SERVER}`]: 1, [`${HTTP} ${SERVER}`]: 2 },
  ],
  ["none that are ignored", "all", { [`${HTTP} ${SERVER}`]: 3, [`${UNDICI} ${CLIENT}`]: 3 }],
])("measures the durations of %s, and no other twice", async (_what, way, expected) => {
  const counts = await count(way);
  expect(counts).toMatchObject(expected);
  const all = Object.entries(counts);
  for (const name of [SERVER, CLIENT]) {
    const total = all.filter(([key]) => key.endsWith(name)).reduce((sum, [, n]) => sum + n, 0);
    expect(total).toBe(3);
  }
});
