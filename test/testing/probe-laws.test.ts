import { type AddressInfo, connect, createServer } from "node:net";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Probe, type ProbeResult, type Target, targetOf } from "../../src/probe/index.ts";
import { probeLawNames, probeLaws } from "../../src/testing/index.ts";

// That each law can fail: probes that each break one of them.

const server = createServer((socket) => void socket.on("error", () => undefined));
let port = 0;
beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
});
afterAll(() => void server.close());

const up = targetOf({ name: "up" });
const down = targetOf({ name: "down" });
const silent = targetOf({ name: "silent" });

/** Keeps every law. */
async function run({ name }: Target, { signal }: { signal: AbortSignal }): Promise<ProbeResult> {
  signal.throwIfAborted();
  if (name === "down") throw new Error("it is down");
  if (name === "silent") await once(new EventTarget() as never, "never", { signal });
  return { success: true, latencyMs: 1, phasesMs: { connect: 1 } };
}

function probe(change: Partial<Probe> | ((target: Target, signal: AbortSignal) => unknown)): Probe {
  if (typeof change !== "function") return { type: "test", run, ...change };
  return {
    type: "test",
    async run(target, context) {
      const found = (await change(target, context.signal)) as ProbeResult | undefined;
      return found ?? run(target, context);
    },
  };
}

const passing: ProbeResult = { success: true, latencyMs: 1 };
const open: (() => void)[] = [];

/** For each law, a probe that breaks it. */
const breaking: Readonly<Record<string, () => Probe>> = {
  "names its type, its validators and its metrics so that a metric can carry them": () =>
    probe({ type: "My Probe" }),
  "accepts the targets that it probes": () =>
    probe({
      accepts: () => {
        throw new Error("never");
      },
    }),
  "finds a healthy target a success, without an error": () =>
    probe(({ name }) => (name === "up" ? { success: true, error: new Error("odd") } : undefined)),
  "says of a target that fails why it does": () =>
    probe(({ name }) => (name === "down" ? { success: false } : undefined)),
  "measures times that are real": () =>
    probe(({ name }) => (name === "up" ? { success: true, latencyMs: -1 } : undefined)),
  "says only what it declared: its validators, and its metrics with their labels": () =>
    probe(({ name }) => {
      return name === "up" ? { ...passing, metrics: [{ name: "secret", value: 1 }] } : undefined;
    }),
  "serves several targets, and several runs, at one time": () => {
    let last = "";
    return probe(async ({ name }) => {
      last = name;
      await new Promise((resolve) => setImmediate(resolve));
      return last === "up" ? passing : undefined;
    });
  },
  "ends soon after its signal aborts, as a failure": () =>
    probe(({ name }) => (name === "silent" ? new Promise(() => undefined) : undefined)),
  "begins nothing where its signal has aborted": () =>
    probe(({ name }) => (name === "up" ? passing : undefined)),
  "leaves nothing behind: no socket, no timer, no process": () =>
    probe(async ({ name }) => {
      if (name !== "up") return;
      const socket = connect(port, "127.0.0.1");
      open.push(() => socket.destroy());
      await once(socket, "connect");
    }),
  "leaves nothing behind of a run that was aborted": () =>
    probe(({ name }) => {
      if (name !== "silent") return;
      // Several: timers of the test runner come and go, too.
      for (let count = 0; count < 5; count++) {
        const timer = setInterval(() => undefined, 1_000);
        open.push(() => clearInterval(timer));
      }
    }),
  "leaves no listener on its signal": () =>
    probe((_target, signal) => {
      signal.addEventListener("abort", () => undefined);
    }),
  "runs again after it has let go of a target, or of all": () => {
    let isClosed = false;
    return probe({
      close: () => void (isClosed = true),
      run: async (target, context) => {
        if (isClosed) throw new Error("closed");
        return run(target, context);
      },
    });
  },
};

/** What the laws say of a probe, by their names. */
async function judge(create: () => Probe): Promise<Map<string, unknown>> {
  const laws: [name: string, prove: () => Promise<void>][] = [];
  probeLaws((name, prove) => laws.push([name, prove]), {
    create: () => ({ probe: create(), healthy: up, failing: down, silent }),
    patienceMs: 300,
  });
  const broken = new Map<string, unknown>();
  for (const [name, prove] of laws)
    await prove().catch((error: unknown) => broken.set(name, error));
  for (const close of open.splice(0)) close();
  return broken;
}

it("passes a probe that keeps them all", async () => {
  expect([...(await judge(() => probe({}))).keys()]).toEqual([]);
});

it("has a probe that breaks it for each law", () => {
  expect(Object.keys(breaking)).toEqual(probeLawNames);
});

describe("finds the probe that breaks the law", () => {
  it.each(Object.entries(breaking))("%s", async (law, create) => {
    expect([...(await judge(create)).keys()]).toContain(law);
  });
});

it("shows laws that are skipped, with the reason, and knows all names", () => {
  const names: string[] = [];
  const create = () => ({ probe: probe({}), healthy: up, failing: down });
  const law = "ends soon after its signal aborts, as a failure";
  probeLaws((name) => names.push(name), { create, skip: [{ law, reason: "no wait" }] });
  expect(names).toContain(`${law} (skipped: no wait)`);
  const skip = [{ law: "is fast", reason: "x" }];
  expect(() => probeLaws(() => undefined, { create, skip })).toThrow(
    'There is no law "is fast" to skip',
  );
});
