import { AsyncLocalStorage } from "node:async_hooks";
import { createRequire } from "node:module";
import { join } from "node:path";
import * as current from "@opentelemetry/api";
import { beforeEach, describe, expect, it } from "vitest";
import { activeSpanContext, diagLogger, inRootContext } from "../../src/shared/api.ts";

type Api = typeof current;

/** API 1.9, which the SDK's 2.x line is used with. */
const old = createRequire(
  join(import.meta.dirname, "../../node_modules/@elastic/mockotlpserver/package.json"),
)("@opentelemetry/api") as Api;

const SHARED = Symbol.for("opentelemetry.js.api.1");
const global = globalThis as Record<symbol, { readonly version: string } | undefined>;

// What is registered bears the version of the API that came first.
beforeEach(() => void delete global[SHARED]);

describe.each([
  ["1.10", current],
  ["1.9", old],
] as const)("with API %s", (version, api) => {
  it("finds the diag logger, which obeys its level", () => {
    const said: unknown[] = [];
    const say = (...parts: unknown[]): void => void said.push(parts);
    const logger = { error: say, warn: say, info: say, debug: say, verbose: say };
    expect(diagLogger()).toBeUndefined();

    api.diag.setLogger(logger, api.DiagLogLevel.WARN);
    expect(global[SHARED]?.version).toMatch(new RegExp(`^${version.replace(".", "\\.")}\\.`));
    diagLogger()?.warn("taskmon.task", "a");
    diagLogger()?.info("taskmon.task", "b");
    expect(said).toEqual([["taskmon.task", "a"]]);

    api.diag.disable();
    expect(diagLogger()).toBeUndefined();
  });

  it("finds the span in which the program is, and leaves it, and all that is set, in the root context", () => {
    const key = api.createContextKey("of the test");
    const spanContext = { traceId: "1".repeat(32), spanId: "2".repeat(16), traceFlags: 1 };
    const inSpan = api.trace
      .setSpanContext(api.ROOT_CONTEXT, spanContext)
      .setValue(key, "of a request");
    const seen = (): unknown => [activeSpanContext(), api.context.active().getValue(key)];
    expect(inRootContext(seen)).toEqual([undefined, undefined]);

    api.context.setGlobalContextManager(storageManager(api));
    expect(seen()).toEqual([undefined, undefined]);
    api.context.with(inSpan, () => {
      expect(seen()).toEqual([spanContext, "of a request"]);
      expect(inRootContext(seen)).toEqual([undefined, undefined]);
      expect(seen()).toEqual([spanContext, "of a request"]);
    });
  });

  it("lets what works in the root context set values of its own", () => {
    api.context.setGlobalContextManager(storageManager(api));
    const key = api.createContextKey("of the test");
    inRootContext(() => {
      const root = api.context.active();
      const set = root.setValue(key, 1);
      expect([root, set, set.deleteValue(key)].map((each) => each.getValue(key))).toEqual([
        ...[undefined, 1, undefined],
      ]);
      api.context.with(set, () => expect(api.context.active().getValue(key)).toBe(1));
    });
  });
});

/** What the SDK's AsyncLocalStorageContextManager does. */
function storageManager(api: Api): current.ContextManager {
  const storage = new AsyncLocalStorage<current.Context>();
  return {
    active: () => storage.getStore() ?? api.ROOT_CONTEXT,
    with: (context, run, self, ...args) => storage.run(context, () => run.apply(self, args)),
    bind: (_, target) => target,
    enable: () => storageManager(api),
    disable: () => storageManager(api),
  };
}
