import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { describe, expect, it } from "vitest";
import { Durations } from "../../src/http/upstream-durations.ts";
import { dropUpstreamDurations, type DurationsChoice } from "../../src/http/index.ts";
import { ManualReader } from "./harness.ts";

const DURATION = "http.server.request.duration";
const SIZE = "http.server.response.body.size";
const UPSTREAM = "@opentelemetry/instrumentation-http";

/** What each Meter counted of one request in a program of its own. */
async function counts(...args: string[]): Promise<unknown> {
  const program = fileURLToPath(new URL("fixtures/upstream-durations.ts", import.meta.url));
  const flags = ["--conditions=@taskmon/source", "--experimental-strip-types", "--no-warnings"];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, program, ...args]);
  return JSON.parse(stdout.trim().split("\n").at(-1)!);
}

const [ours, theirs, size] = [
  `taskmon.http ${DURATION}`,
  `${UPSTREAM} ${DURATION}`,
  `taskmon.http ${SIZE}`,
];

describe("beside @opentelemetry/instrumentation-http in one NodeSDK", () => {
  it.each([
    ["auto", "first", "", { [theirs]: 1, [size]: 1 }],
    ["auto", "last", "", { [theirs]: 1, [size]: 1 }],
    ["auto", "alone", "", { [ours]: 1, [size]: 1 }],
    ["auto", "last", "drop", { [ours]: 1, [size]: 1 }],
    ["always", "last", "", { [theirs]: 1, [ours]: 1, [size]: 1 }],
    ["always", "last", "drop", { [ours]: 1, [size]: 1 }],
    ["never", "alone", "", { [size]: 1 }],
  ])("durations %s, ours %s, view %j: %j", async (choice, order, view, expected) => {
    expect(await counts(choice, order, view)).toEqual(expected);
  });
});

describe("durations", () => {
  const upstream = { meter: UPSTREAM, metric: DURATION };
  const wanted = (choice: DurationsChoice, provider?: MeterProvider): Durations =>
    new Durations(choice, upstream, () => provider);

  it("are wanted while nothing is known of a provider", () => {
    expect(wanted("auto").wanted).toBe(true);
    expect(wanted("auto", { getMeter: () => ({}) } as unknown as MeterProvider).wanted).toBe(true);
  });

  it("are not wanted from the moment when the upstream's instrument is in the provider", () => {
    const provider = new MeterProvider({ readers: [new ManualReader()] });
    const durations = wanted("auto", provider);
    expect(durations.wanted).toBe(true);
    provider.getMeter("another").createHistogram(DURATION);
    expect(durations.wanted).toBe(true);
    provider.getMeter(UPSTREAM, "1").createHistogram(DURATION);
    expect(durations.wanted).toBe(false);
  });

  it("are wanted where a view drops the upstream's instrument", () => {
    const provider = new MeterProvider({
      readers: [new ManualReader()],
      views: dropUpstreamDurations(),
    });
    provider.getMeter(UPSTREAM, "1").createHistogram(DURATION);
    expect(wanted("auto", provider).wanted).toBe(true);
  });

  it("have a view for each upstream instrument", () => {
    expect(dropUpstreamDurations().map(({ aggregation }) => aggregation.type)).toEqual([1, 1, 1]);
  });
});
