import { expect, it } from "vitest";
import { settingsFromEnv } from "../../src/settings/environment.ts";

it("reads every variable", () => {
  const { settings, problems } = settingsFromEnv({
    TASKMON_ENABLED: "false",
    TASKMON_FLUSH_INTERVAL_MS: "10000",
    TASKMON_FLUSH_TIMEOUT_MS: " 200 ",
    TASKMON_RUNTIME: "TRUE",
    TASKMON_LOG_LEVEL: "Warn",
    TASKMON_SERVICE_LOG_LEVEL: "mail=DEBUG, 0x1f=warn,*=error",
    OTHER: "1",
  });
  expect(problems).toEqual([]);
  expect(settings).toEqual({
    enabled: false,
    flushIntervalMs: 10_000,
    flushTimeoutMs: 200,
    runtime: true,
    logLevel: "warn",
    services: {
      mail: { logLevel: "debug" },
      "0x1f": { logLevel: "warn" },
      "*": { logLevel: "error" },
    },
  });
});

it.each([undefined, "", "  ", "\t"])("takes %j for unset", (text) => {
  const { settings, problems } = settingsFromEnv({
    TASKMON_ENABLED: text,
    TASKMON_FLUSH_INTERVAL_MS: text,
    TASKMON_FLUSH_TIMEOUT_MS: text,
    TASKMON_RUNTIME: text,
    TASKMON_LOG_LEVEL: text,
    TASKMON_SERVICE_LOG_LEVEL: text,
  });
  expect(problems).toEqual([]);
  expect(settings).toEqual({});
});

it.each([
  ["TASKMON_SERVICE_LOG_LEVEL", "mail", 'services must be an object, got "mail"'],
  [
    "TASKMON_SERVICE_LOG_LEVEL",
    "mail=loud",
    'services.mail.logLevel must be one of debug, info, warn, error, none, got "loud"',
  ],
  ["TASKMON_ENABLED", "yes", 'enabled must be true or false, got "yes"'],
  ["TASKMON_ENABLED", "0", 'enabled must be true or false, got "0"'],
  ["TASKMON_RUNTIME", "on", 'runtime must be true or false, got "on"'],
  [
    "TASKMON_FLUSH_INTERVAL_MS",
    "60s",
    'flushIntervalMs must be a whole number from 1000 to 86400000, got "60s"',
  ],
  [
    "TASKMON_FLUSH_INTERVAL_MS",
    "60",
    "flushIntervalMs must be a whole number from 1000 to 86400000, got 60",
  ],
  [
    "TASKMON_FLUSH_TIMEOUT_MS",
    "-1",
    'flushTimeoutMs must be a whole number from 100 to 600000, got "-1"',
  ],
  [
    "TASKMON_FLUSH_TIMEOUT_MS",
    "0x100",
    'flushTimeoutMs must be a whole number from 100 to 600000, got "0x100"',
  ],
  [
    "TASKMON_FLUSH_TIMEOUT_MS",
    "1e3",
    'flushTimeoutMs must be a whole number from 100 to 600000, got "1e3"',
  ],
  [
    "TASKMON_LOG_LEVEL",
    "loud",
    'logLevel must be one of all, verbose, debug, info, warn, error, none, got "loud"',
  ],
])("names %s=%s and keeps what the other variables say", (variable, text, message) => {
  const { settings, problems } = settingsFromEnv({
    TASKMON_ENABLED: "false",
    TASKMON_RUNTIME: "true",
    [variable]: text,
  });
  expect(problems).toEqual([{ where: variable, message }]);
  expect(settings).toEqual({
    ...(variable !== "TASKMON_ENABLED" && { enabled: false }),
    ...(variable !== "TASKMON_RUNTIME" && { runtime: true }),
  });
});
