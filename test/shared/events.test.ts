import { diag, DiagLogLevel } from "@opentelemetry/api";
import {
  InMemoryLogRecordExporter,
  LoggerProvider,
  SimpleLogRecordProcessor,
} from "@opentelemetry/sdk-logs";
import { afterEach, expect, it } from "vitest";
import { type EventRecord, eventEmitter, eventsOption } from "../../src/shared/events.ts";

const kinds = {
  opened: { eventName: "shop.opened", id: "b5f3142d410a2375" },
  closed: { eventName: "shop.closed" },
} as const;

afterEach(() => diag.disable());

it("gives an OpenTelemetry LoggerProvider events that it exports", () => {
  const exporter = new InMemoryLogRecordExporter();
  const provider = new LoggerProvider({
    processors: [new SimpleLogRecordProcessor({ exporter })],
  });
  const emit = eventEmitter("shop", kinds, provider);
  emit("opened", "warn", "The shop is open", { "shop.name": "north", "shop.floor": undefined });
  emit("closed", "error", "The shop is closed");
  expect(
    exporter.getFinishedLogRecords().map((record) => ({
      name: record.eventName,
      severity: [record.severityNumber, record.severityText],
      body: record.body,
      attributes: record.attributes,
      logger: record.instrumentationScope.name,
    })),
  ).toEqual([
    {
      name: "shop.opened",
      severity: [13, "WARN"],
      body: "The shop is open",
      attributes: { "taskmon.event.id": "b5f3142d410a2375", "shop.name": "north" },
      logger: "taskmon.shop",
    },
    {
      name: "shop.closed",
      severity: [17, "ERROR"],
      body: "The shop is closed",
      attributes: {},
      logger: "taskmon.shop",
    },
  ]);
});

it("takes a Logger itself, and nothing at all", () => {
  const records: EventRecord[] = [];
  eventEmitter("shop", kinds, { emit: (record) => records.push(record) })("closed", "info", "Bye");
  expect(records).toMatchObject([{ eventName: "shop.closed", severityNumber: 9 }]);
  expect(() => eventEmitter("shop", kinds, undefined)("closed", "info", "Bye")).not.toThrow();
});

it("says once that a logger throws, and goes on", () => {
  const lines: unknown[] = [];
  const log = (...parts: unknown[]): unknown => lines.push(parts.slice(0, 2).join(" "));
  diag.setLogger(
    { error: log, warn: log, info: log, debug: log, verbose: log },
    { logLevel: DiagLogLevel.INFO, suppressOverrideMessage: true },
  );
  const emit = eventEmitter("shop", kinds, {
    emit() {
      throw new Error("full");
    },
  });
  emit("opened", "info", "The shop is open");
  emit("closed", "info", "The shop is closed");
  expect(lines).toEqual(["taskmon.shop An event could not be logged: full"]);
});

it("refuses what is neither a Logger nor a LoggerProvider", () => {
  expect(eventsOption("events", undefined)).toBeUndefined();
  expect(() => eventsOption("events", {} as never)).toThrow("an object with a method emit()");
  expect(() => eventsOption("events", 5 as never)).toThrow("an object with a method emit()");
  expect(() => eventsOption("events", null as never)).toThrow("an object with a method emit()");
  expect(() => eventsOption("events", { getLogger: 3 } as never)).toThrow("getLogger()");
});
