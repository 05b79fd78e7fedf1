import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { describe, expect, it } from "vitest";
import { Durations } from "../../src/http/upstream-durations.ts";
import { dropUpstreamDurations, type DurationsChoice } from "../../src/http/index.ts";
import { ManualReader, turns } from "./harness.ts";

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
  const made = (choice: DurationsChoice, provider?: MeterProvider): Durations =>
    new Durations(choice, upstream, () => provider);

  it("are recorded while nothing is known of a provider", () => {
    expect(made("auto").decision).toBe("record");
    const unknown = { getMeter: () => ({}) } as unknown as MeterProvider;
    expect(made("auto", unknown).decision).toBe("record");
  });

  it("are compared from the moment when the upstream's instrument is in the provider", () => {
    const provider = new MeterProvider({ readers: [new ManualReader()] });
    const durations = made("auto", provider);
    expect(durations.decision).toBe("record");
    provider.getMeter("another").createHistogram(DURATION);
    expect(durations.decision).toBe("record");
    provider.getMeter(UPSTREAM, "1").createHistogram(DURATION);
    expect(durations.decision).toBe("compare");
    expect([made("always", provider).decision, made("never", provider).decision]).toEqual([
      "record",
      "leave out",
    ]);
  });

  it("are recorded where a view drops the upstream's instrument", () => {
    const provider = new MeterProvider({
      readers: [new ManualReader()],
      views: dropUpstreamDurations(),
    });
    provider.getMeter(UPSTREAM, "1").createHistogram(DURATION);
    expect(made("auto", provider).decision).toBe("record");
  });

  it.each([
    ["none", 0, 3],
    ["some", 2, 1],
    ["all", 3, 0],
    ["more", 5, 0],
  ])("are recorded as far as theirs are not: they record %s", async (_what, upstreams, rest) => {
    const reader = new ManualReader();
    const provider = new MeterProvider({ readers: [reader] });
    const histogram = provider.getMeter(UPSTREAM, "1").createHistogram(DURATION);
    const durations = made("auto", provider);
    // Collections come between, as they do.
    for (let round = 1; round <= 3; round++) {
      expect(durations.decision).toBe("compare");
      let recorded = 0;
      for (let request = 0; request < 3; request++) durations.compare(() => recorded++);
      for (let request = 0; request < upstreams; request++) {
        if (request === 1) await reader.collect();
        histogram.record(1, { request });
      }
      await turns(1);
      expect(recorded).toBe(rest);
    }
  });

  it("are recorded where the SDK keeps its measurements in another way", async () => {
    const storage = { _deltaMetricStorage: { _activeCollectionStorage: { entries: 7 } } };
    const provider = {
      _sharedState: {
        meterSharedStates: new Map([
          [
            "",
            {
              _instrumentationScope: { name: UPSTREAM },
              metricStorageRegistry: { _sharedRegistry: new Map([[DURATION, [storage]]]) },
            },
          ],
        ]),
      },
    };
    let recorded = 0;
    const durations = made("auto", provider as unknown as MeterProvider);
    durations.compare(() => recorded++);
    await turns(1);
    expect(recorded).toBe(1);
  });

  it("have a view for each upstream instrument", () => {
    expect(dropUpstreamDurations().map(({ aggregation }) => aggregation.type)).toEqual([1, 1, 1]);
  });
});
