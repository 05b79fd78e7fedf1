import { diag, DiagLogLevel } from "@opentelemetry/api";
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import {
  InMemoryLogRecordExporter,
  LoggerProvider,
  SimpleLogRecordProcessor,
} from "@opentelemetry/sdk-logs";
import {
  AggregationTemporality,
  MeterProvider,
  MetricReader,
  type PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import {
  attachReader,
  type AttachOptions,
  endReader,
  readerView,
} from "../../src/reader/attach.ts";
import type { AttachableReader, Recovery, Silence } from "../../src/reader/index.ts";
import type { ManualClock } from "../../src/testing/manual-clock.ts";
import { attachedProvider, ScriptedExporter, setup, type Setup, steppedClock } from "./harness.ts";

const INTERVAL = 60_000;

const lines: string[] = [];
afterEach(() => diag.disable());

interface Watched extends Setup {
  readonly silences: Silence[];
  readonly recoveries: Recovery[];
  /** Events as an SDK's log exporter gets them: name, severity and attributes. */
  events(): unknown[];
}

function watched(clock: ManualClock = steppedClock(), flushIntervalMs?: () => number): Watched {
  lines.length = 0;
  const say =
    (level: string) =>
    (...parts: unknown[]): void => {
      if (String(parts[0]).startsWith("taskmon.")) lines.push([level, ...parts].join(" "));
    };
  diag.setLogger(
    {
      error: say("error"),
      warn: say("warn"),
      info: say("info"),
      debug: () => undefined,
      verbose: () => undefined,
    },
    { logLevel: DiagLogLevel.INFO, suppressOverrideMessage: true },
  );
  const exporter = new InMemoryLogRecordExporter();
  const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] });
  onTestFinished(() => provider.shutdown());
  const silences: Silence[] = [];
  const recoveries: Recovery[] = [];
  const made = setup(clock, {
    events: provider,
    onSilent: (silence) => silences.push(silence),
    onRecovered: (recovery) => recoveries.push(recovery),
    ...(flushIntervalMs !== undefined && { flushIntervalMs }),
  });
  return {
    ...made,
    silences,
    recoveries,
    events: () =>
      exporter
        .getFinishedLogRecords()
        .map(({ eventName, severityText, attributes }) => [eventName, severityText, attributes]),
  };
}

interface Started {
  readonly exporter: ScriptedExporter;
  readonly reader: PeriodicExportingMetricReader;
  /** Lets intervals pass, at the end of each of which the reader exports. */
  pass(count: number): Promise<void>;
}

function start(made: Watched, attach: AttachOptions = { intervalMs: INTERVAL }): Started {
  const exporter = new ScriptedExporter();
  const { provider, reader } = attachedProvider(made.context, exporter, { attach });
  provider.getMeter("m").createCounter("c").add(1);
  return {
    exporter,
    reader,
    async pass(count) {
      for (let interval = 0; interval < count; interval++) {
        await reader.forceFlush();
        await made.clock.advance(INTERVAL);
      }
    },
  };
}

const NAME = "PeriodicExportingMetricReader";

describe("a push reader", () => {
  it("is silent after five intervals of failures, says so once, and when it is over", async () => {
    const made = watched();
    const { exporter, reader, pass } = start(made);
    made.lease.grant(0, 1);
    await pass(3);
    exporter.mode = "refused";
    await pass(5);
    // The last success was at the beginning of the third interval; five more have not passed.
    expect(made.silences.length).toBe(1);
    await pass(10);
    const silence = {
      reader: NAME,
      reason: "failing",
      intervalMs: INTERVAL,
      ageMs: 5 * INTERVAL,
      failures: 4,
      lastFailure: "refused (ECONNREFUSED)",
    };
    expect(made.silences).toEqual([silence]);
    expect(readerView(reader)).toMatchObject({ silence: "failing" });
    exporter.mode = "ok";
    await pass(2);
    expect(made.recoveries).toEqual([{ reader: NAME, silentMs: 16 * INTERVAL }]);
    expect(readerView(reader)!.silence).toBeUndefined();
    expect(made.events()).toEqual([
      [
        "taskmon.exports.silent",
        "ERROR",
        {
          "taskmon.reader": NAME,
          "taskmon.reason": "failing",
          "taskmon.exports.age": 300,
          "taskmon.exports.failures": 4,
          "taskmon.exports.last_failure": "refused (ECONNREFUSED)",
        },
      ],
      ["taskmon.exports.recovered", "INFO", { "taskmon.reader": NAME, "taskmon.exports.age": 960 }],
    ]);
    expect(lines).toEqual([
      `error taskmon.reader No export of ${NAME} has succeeded for 300 s: 4 exports failed, the last one with "refused (ECONNREFUSED)" (docs/exports.md)`,
      `info taskmon.reader Exports of ${NAME} succeed again, after 960 s`,
    ]);
    // A second spell is said again.
    exporter.mode = "answer_lost";
    await pass(7);
    expect(made.silences).toHaveLength(2);
    expect(lines).toHaveLength(3);
  });

  it("is silent from its beginning where it never gets through", async () => {
    const made = watched();
    const { exporter, pass } = start(made);
    made.lease.grant(0, 1);
    exporter.mode = "refused";
    await pass(4);
    expect(made.silences).toEqual([]);
    await pass(1);
    expect(made.silences).toMatchObject([{ reason: "failing", ageMs: 5 * INTERVAL, failures: 5 }]);
  });

  it("is silent while it is held, which is no fault of the exporter", async () => {
    const made = watched();
    const { pass, reader } = start({
      ...made,
      context: { ...made.context, unnumberedHoldMs: Infinity },
    });
    await pass(6);
    expect(made.silences).toMatchObject([{ reason: "held", failures: 0, lastFailure: undefined }]);
    expect(made.events()).toMatchObject([["taskmon.exports.silent", "WARN", {}]]);
    expect(lines.at(-1)).toBe(
      `warn taskmon.reader No export of ${NAME} has succeeded for 300 s: its exports are held, because there is no task number (docs/exports.md)`,
    );
    expect(readerView(reader)).toMatchObject({ silence: "held", held: 6 });
    made.lease.grant(0, 1);
    await pass(1);
    expect(made.recoveries).toHaveLength(1);
  });

  it("is silent while its exporter does not end, and while it does not export", async () => {
    const made = watched();
    const hanging = start(made, { intervalMs: INTERVAL, name: "hanging" });
    start(made, { intervalMs: INTERVAL, name: "idle" });
    // As the process itself nothing limits an export but the exporter.
    await made.clock.advance(90_000);
    let answer = (): void => undefined;
    hanging.exporter.export = (_, done) => {
      answer = (): void => done({ code: 0 });
    };
    const flush = hanging.reader.forceFlush();
    await made.clock.advance(5 * INTERVAL);
    const said = made.silences.map(({ reader, reason }) => `${reader} is ${reason}`);
    expect(said.toSorted()).toEqual(["hanging is hanging", "idle is idle"]);
    expect(lines.filter((line) => line.includes("has succeeded for")).toSorted()).toEqual([
      "error taskmon.reader No export of hanging has succeeded for 300 s: an export has begun and does not end (docs/exports.md)",
      "error taskmon.reader No export of idle has succeeded for 300 s: no export was tried in 5 intervals of 60 s (docs/exports.md)",
    ]);
    answer();
    await flush;
    expect(made.recoveries).toMatchObject([{ reader: "hanging" }]);
  });

  it("is not silent while off or at a desk, and gets five whole intervals afterwards", async () => {
    for (const mode of ["off", "desk"] as const) {
      const made = watched();
      const { exporter, reader, pass } = start(made);
      made.lease.grant(0, 1);
      exporter.mode = "refused";
      await pass(3);
      made.mode.now = mode;
      await pass(20);
      made.mode.now = "on";
      await pass(5);
      expect(made.silences).toEqual([]);
      await pass(1);
      expect(made.silences).toHaveLength(1);
      // Switched off in the spell: it is over, and nobody claims that anything got through.
      expect(readerView(reader)!.silence).toBe("failing");
      made.mode.now = mode;
      expect(readerView(reader)!.silence).toBeUndefined();
      await pass(2);
      made.mode.now = "on";
      exporter.mode = "ok";
      await pass(1);
      expect(made.recoveries).toEqual([]);
      exporter.mode = "refused";
      await pass(7);
      expect(lines.filter((line) => line.includes("has succeeded for"))).toHaveLength(2);
    }
  });

  it("gets five whole intervals from each success", async () => {
    const made = watched();
    const { reader } = start(made);
    made.lease.grant(0, 1);
    await made.clock.advance(50_000);
    await reader.forceFlush();
    await made.clock.advance(299_999);
    expect(made.silences).toEqual([]);
    await made.clock.advance(1);
    expect(made.silences).toMatchObject([{ ageMs: 300_000 }]);
  });

  it("is not silent when its process was stopped, until it had the chance to export", async () => {
    const inner = steppedClock();
    let stoppedMs = 0;
    const clock: ManualClock = {
      ...inner,
      get pending() {
        return inner.pending;
      },
      now: () => inner.now() + stoppedMs,
    };
    const made = watched(clock);
    const { exporter, reader, pass } = start(made);
    made.lease.grant(0, 1);
    await pass(1);
    // Stopped for an hour; whatever timer fires first.
    stoppedMs += 3_600_000;
    await clock.advance(INTERVAL);
    await pass(3);
    expect(made.silences).toEqual([]);

    exporter.mode = "refused";
    await pass(3);
    expect(made.silences).toEqual([]);
    stoppedMs += 3_600_000;
    await clock.advance(INTERVAL);
    expect(made.silences).toEqual([]);
    // Now it had the chance.
    await reader.forceFlush();
    expect(made.silences).toMatchObject([{ reason: "failing" }]);
  });

  it("is not waited for once its number was handed back, or once it was shut down or cut off", async () => {
    const made = watched();
    const { pass } = start(made, { intervalMs: INTERVAL, name: "released" });
    const shut = start(made, { intervalMs: INTERVAL, name: "shut" });
    const cut = start(made, { intervalMs: INTERVAL, name: "cut" });
    made.lease.grant(0, 1);
    await pass(1);
    made.lease.lose();
    made.lease.state = "released";
    await shut.reader.shutdown();
    const ended = endReader(cut.reader, { signal: AbortSignal.abort(new Error("now")) });
    await expect(ended).rejects.toThrow("cut off");
    await made.clock.advance(20 * INTERVAL);
    expect(made.silences).toEqual([]);
  });

  it("of which nothing is known is not waited for", async () => {
    const made = watched();
    class Hiding extends MetricReader {
      constructor() {
        super({ aggregationTemporalitySelector: () => AggregationTemporality.CUMULATIVE });
      }
      protected async onForceFlush(): Promise<void> {
        // Sends in its own way.
      }
      protected async onShutdown(): Promise<void> {
        // Nothing runs.
      }
    }
    const reader = attachReader(new Hiding(), made.context, { intervalMs: 1_000 });
    const provider = new MeterProvider({ readers: [reader] });
    onTestFinished(() => provider.shutdown());
    made.lease.grant(0, 1);
    await made.clock.advance(100_000);
    expect(made.silences).toEqual([]);
  });

  it("has its last timer when it is shut down", async () => {
    const made = watched();
    const { reader } = start(made);
    expect(made.clock.pending).toBe(1);
    await reader.shutdown();
    expect(made.clock.pending).toBe(0);
  });
});

describe("five intervals", () => {
  const silentAfter = async (made: Watched, limitMs: number): Promise<number> => {
    const before = made.silences.length;
    for (let ms = 0; ms <= limitMs; ms += 500) {
      if (made.silences.length > before) return ms;
      await made.clock.advance(500);
    }
    return Infinity;
  };

  it("are those of the reader itself where nobody says others", async () => {
    const made = watched(undefined, () => 7_000);
    const exporter = new ScriptedExporter();
    const { reader } = attachedProvider(made.context, exporter, { exportIntervalMillis: 3_000 });
    expect(await silentAfter(made, 60_000)).toBe(15_000);
    await reader.shutdown();
  });

  it("are those that it was attached with before those", async () => {
    const made = watched(undefined, () => 7_000);
    const exporter = new ScriptedExporter();
    attachedProvider(made.context, exporter, {
      exportIntervalMillis: 3_000,
      attach: { intervalMs: 2_000 },
    });
    expect(await silentAfter(made, 60_000)).toBe(10_000);
  });

  it("are those of the settings, as they are now, for a reader that does not say its own", async () => {
    let intervalMs = 7_000;
    const made = watched(undefined, () => intervalMs);
    const exporter = new ScriptedExporter();
    attachReader(foreign(exporter, made), made.context, { name: "foreign" });
    intervalMs = 1_000;
    // The first one has begun.
    expect(await silentAfter(made, 60_000)).toBe(11_000);
  });

  it("are minutes where nobody says anything", async () => {
    const made = watched();
    const exporter = new ScriptedExporter();
    attachReader(foreign(exporter, made), made.context);
    expect(await silentAfter(made, 600_000)).toBe(300_000);
  });

  it.each([0, -1, Number.NaN, "60"])("cannot be of %s", (intervalMs) => {
    const { context } = watched();
    const reader = new PrometheusExporter({ preventServerStart: true });
    expect(() => attachReader(reader, context, { intervalMs } as AttachOptions)).toThrow(
      "Option attach.intervalMs must be a number from 1",
    );
  });
});

describe("a pull reader", () => {
  const pull = (made: Watched, attach?: AttachOptions) => {
    const reader = attachReader(
      new PrometheusExporter({ preventServerStart: true }),
      made.context,
      attach,
    );
    const provider = new MeterProvider({ readers: [reader] });
    onTestFinished(() => provider.shutdown());
    return reader;
  };

  it("is waited for only where its owner says how often it is scraped", async () => {
    const made = watched(undefined, () => 1_000);
    pull(made);
    await made.clock.advance(1e9);
    expect(made.silences).toEqual([]);
  });

  it("is silent when nobody scrapes it, also without a number, until somebody does", async () => {
    const made = watched();
    const reader = pull(made, { intervalMs: 15_000, name: "prometheus" });
    await reader.collect();
    await made.clock.advance(75_000);
    expect(made.silences).toMatchObject([{ reader: "prometheus", reason: "idle", ageMs: 75_000 }]);
    expect(lines.at(-1)).toBe(
      "error taskmon.reader No export of prometheus has succeeded for 75 s: nobody scraped it in 5 intervals of 15 s (docs/exports.md)",
    );
    await reader.collect();
    expect(made.recoveries).toEqual([{ reader: "prometheus", silentMs: 75_000 }]);
  });
});

it("survives a listener that throws, and says so once", async () => {
  const made = watched();
  const broken: Watched = {
    ...made,
    context: {
      ...made.context,
      onSilent: () => {
        throw new Error("no");
      },
    },
  };
  const { exporter, pass } = start(broken);
  made.lease.grant(0, 1);
  exporter.mode = "refused";
  for (let spell = 0; spell < 2; spell++) {
    await pass(6);
    exporter.mode = "ok";
    await pass(1);
    exporter.mode = "refused";
  }
  expect(lines.filter((line) => line.includes("listener"))).toHaveLength(1);
  expect(made.recoveries).toHaveLength(2);
});

/** A reader that has its exporter where the SDK's has it, but no interval that it shows. */
function foreign(exporter: ScriptedExporter, { lease }: Watched): AttachableReader {
  lease.grant(0, 1);
  return Object.assign(new (class Foreign extends MetricReaderOfNothing {})(), {
    _exporter: exporter,
  });
}

class MetricReaderOfNothing {
  async collect() {
    return { resourceMetrics: { resource: { attributes: {} }, scopeMetrics: [] }, errors: [] };
  }
  async forceFlush(): Promise<void> {
    // Nothing is there.
  }
  async shutdown(): Promise<void> {
    // Nothing runs.
  }
}
