import { describe, expect, it } from "vitest";
import {
  APP_NOT_ALIVE,
  type AppError,
  createApp,
  type DeathPolicy,
  defineService,
  isError,
  SERVICE_ALREADY_REGISTERED,
  SERVICE_INIT_FAILED,
  SERVICE_NOT_REGISTERED,
  type ServiceInput,
  type ServiceSpec,
} from "../../src/app/index.ts";
import type { CheckFunction } from "../../src/check/result.ts";
import { type Identity, resolveIdentity } from "../../src/identity/identity.ts";
import { MetricRegistry } from "../../src/metrics/registry.ts";
import { manualClock } from "../../src/testing/manual-clock.ts";
import { logged } from "./logged.ts";

let lastId = 0n;

function service(name: string, input: Partial<ServiceInput> = {}): ServiceSpec {
  lastId += 1n;
  return defineService({ id: lastId, name, ...input });
}

/** A service that notes when it starts and stops. */
function noting(name: string, notes: string[], input: Partial<ServiceInput> = {}): ServiceSpec {
  return service(name, {
    start: () => void notes.push(`+${name}`),
    stop: () => void notes.push(`-${name}`),
    ...input,
  });
}

describe("the order of services", () => {
  it("starts each after those it depends on, and ends it before them", async () => {
    const notes: string[] = [];
    const db = noting("db", notes);
    const cache = noting("cache", notes, { dependsOn: [db] });
    const web = noting("web", notes, { dependsOn: [db, cache] });
    const app = createApp({ services: [web, cache, db] });

    await app.start();
    const report = await app.shutdown();

    expect(notes).toEqual(["+db", "+cache", "+web", "-web", "-cache", "-db"]);
    expect(report).toMatchObject({ complete: true, hung: [] });
    expect(app.exitCode).toBe(0);
  });

  it("starts what is independent at the same time, and names the critical path", async () => {
    const clock = manualClock();
    const slow = (ms: number) => (): Promise<void> =>
      new Promise((resolve) => void clock.after(ms, resolve));
    const a = service("a", { start: slow(300) });
    const b = service("b", { start: slow(200) });
    const c = service("c", { start: slow(100), dependsOn: [b] });
    const app = createApp({ services: [a, b, c], clock });

    const starting = app.start();
    await clock.advance(300);
    const report = await starting;

    expect(report.durationMs).toBe(300);
    expect(report.criticalPath).toEqual([
      { name: "b", durationMs: 200 },
      { name: "c", durationMs: 100 },
    ]);
  });

  it("ends what had started, in reverse, when one fails", async () => {
    const notes: string[] = [];
    const db = noting("db", notes);
    const cache = noting("cache", notes, { dependsOn: [db] });
    const broken = service("broken", {
      dependsOn: [cache],
      start: () => {
        throw new TypeError("no such host");
      },
    });
    const after = noting("after", notes, { dependsOn: [broken] });
    const app = createApp({ services: [db, cache, broken, after] });

    const error: unknown = await app.start().catch((reason: unknown) => reason);

    expect(isError(error, SERVICE_INIT_FAILED)).toBe(true);
    expect((error as AppError).message).toBe("Service broken could not be started: no such host");
    expect((error as AppError).cause).toBeInstanceOf(TypeError);
    expect(notes).toEqual(["+db", "+cache", "-cache", "-db"]);
    expect(app.state).toBe("dead");
    expect(app.exitCode).toBe(1);
    await expect(app.alive).rejects.toBe(error);
  });

  it("calls off those that are starting, and ends one that starts all the same", async () => {
    const notes: string[] = [];
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const stubborn = noting("stubborn", notes, { start: () => late });
    const broken = service("broken", { start: () => Promise.reject(new Error("broken")) });
    const app = createApp({ services: [stubborn, broken] });

    const starting = app.start();
    await app.dying;
    resolve();
    await expect(starting).rejects.toThrow("broken");
    await app.dead;

    expect(notes).toEqual(["-stubborn"]);
  });
});

describe("the registry", () => {
  it("refuses a second service of an id or a name, a zero id, and any in an app that has ended", async () => {
    const first = service("first");
    const app = createApp({ services: [first] });
    const kindOf = (call: () => unknown): unknown => {
      try {
        return call();
      } catch (error) {
        return error;
      }
    };

    expect(
      isError(
        kindOf(() => app.register(first)),
        SERVICE_ALREADY_REGISTERED,
      ),
    ).toBe(true);
    const sameName = service("first");
    expect(
      isError(
        kindOf(() => app.register(sameName)),
        SERVICE_ALREADY_REGISTERED,
      ),
    ).toBe(true);
    expect(() => defineService({ id: 0n, name: "zero" })).toThrow("service.id");
    await app.start();
    await app.shutdown();
    expect(
      isError(
        kindOf(() => app.register(service("late"))),
        APP_NOT_ALIVE,
      ),
    ).toBe(true);
  });

  it("lists, finds and unregisters services", async () => {
    const [a, b] = [service("a"), service("b")];
    const app = createApp({ services: [a, b] });
    await app.start();

    expect(app.ids).toEqual([a.id, b.id]);
    expect(app.get(a)?.name).toBe("a");
    expect(app.get(`0x${a.id.toString(16)}`)?.state).toBe("alive");
    expect((await app.unregister(a)).outcome).toBe("stopped");
    expect(app.ids).toEqual([b.id]);
    const error: unknown = await app.unregister(a).catch((reason: unknown) => reason);
    expect(isError(error, SERVICE_NOT_REGISTERED)).toBe(true);
  });

  it("starts a service at once that is registered while the app is alive, and lets a dead one be replaced", async () => {
    const notes: string[] = [];
    const app = createApp();
    await app.start();
    const spec = noting("late", notes);

    const late = app.register(spec);
    await late.alive;
    await late.kill();
    const again = app.register(spec);
    await again.alive;

    expect(notes).toEqual(["+late", "-late", "+late"]);
    expect(again).not.toBe(late);
  });
});

describe("a service that ends by itself", () => {
  /** A service whose work the test ends. */
  function mortal(whenDead?: DeathPolicy): { spec: ServiceSpec; end: (error?: Error) => void } {
    let end!: (error?: Error) => void;
    const spec = service(`mortal-${lastId}`, {
      run: () =>
        new Promise<void>((resolve, reject) => {
          end = (error) => (error === undefined ? resolve() : reject(error));
        }),
      ...(whenDead !== undefined && { whenDead }),
    });
    return { spec, end: (error) => end(error) };
  }

  it.each<[string, DeathPolicy | undefined, Error | undefined, "alive" | "dead"]>([
    ["stays dead where it just ended", undefined, undefined, "alive"],
    ["takes the app along after an error", undefined, new Error("lost"), "dead"],
    ["is ignored where its policy says so", "ignore", new Error("lost"), "alive"],
    ["takes the app along where its policy says so", "end", undefined, "dead"],
  ])("%s", async (_, policy, error, state) => {
    const { spec, end } = mortal(policy);
    const app = createApp({ services: [spec] });
    await app.start();
    const one = app.get(spec)!;

    end(error);
    await one.dead;
    if (state === "dead") await app.dead;

    expect(app.state).toBe(state);
    expect(app.exitCode).toBe(error !== undefined && state === "dead" ? 1 : 0);
    expect(one.reason).toBe(error);
    await app.shutdown();
  });

  it("begins again after waits that grow, and no more once it is killed", async () => {
    const clock = manualClock();
    const starts: number[] = [];
    const spec = service("phoenix", {
      start: () => void starts.push(clock.now()),
      run: () => Promise.reject(new Error("burnt")),
      whenDead: "restart",
    });
    const app = createApp({ services: [spec], clock });
    await app.start();

    await clock.advance(10_000);
    const waits = starts.slice(1).map((at, index) => at - starts[index]!);
    expect(waits.length).toBeGreaterThanOrEqual(3);
    waits.forEach((wait, index) => {
      expect(wait).toBeGreaterThan(800 * 2 ** index - 1);
      expect(wait).toBeLessThanOrEqual(1_000 * 2 ** index);
    });
    expect(app.state).toBe("alive");
    expect(app.get(spec)?.restarts).toBe(starts.length - 1);

    await app.get(spec)!.kill();
    const { length } = starts;
    await clock.advance(600_000);
    expect(starts).toHaveLength(length);
  });
});

describe("the end", () => {
  it("names who hangs, within the deadline, and ends the others", async () => {
    const clock = manualClock();
    const notes: string[] = [];
    const db = noting("db", notes);
    const stuck = service("stuck", { dependsOn: [db], stop: () => new Promise(() => {}) });
    const records = logged();
    const app = createApp({ services: [db, stuck], clock, logger: records.sink });
    await app.start();

    const ending = app.shutdown({ timeoutMs: 2_000 });
    await clock.advance(2_000);
    const report = await ending;

    expect(report.hung).toEqual(["stuck"]);
    expect(report.complete).toBe(false);
    expect(report.durationMs).toBe(2_000);
    expect(notes).toEqual(["+db", "-db"]);
    expect(app.exitCode).toBe(1);
    expect(records.named("taskmon.app.stopping_timeout")[0]?.body).toBe(
      "Services did not end in time: stuck",
    );
  });

  it("gives each service its own limit", async () => {
    const clock = manualClock();
    const stuck = service("stuck", { stopTimeoutMs: 100, stop: () => new Promise(() => {}) });
    const app = createApp({ services: [stuck], clock });
    await app.start();

    const ending = app.shutdown();
    await clock.advance(100);

    expect(await ending).toMatchObject({ hung: ["stuck"], durationMs: 100 });
  });

  it("calls stop of a service whose work goes on, and reports what stop throws", async () => {
    const clock = manualClock();
    const notes: string[] = [];
    const deaf = noting("deaf", notes, { stopTimeoutMs: 50, run: () => new Promise(() => {}) });
    const rude = service("rude", {
      stop: () => {
        throw new RangeError("no");
      },
    });
    const app = createApp({ services: [deaf, rude], clock });
    await app.start();

    const ending = app.shutdown();
    await clock.advance(50);
    const report = await ending;

    expect(report.services.map(({ name, outcome }) => [name, outcome])).toEqual([
      ["deaf", "hung"],
      ["rude", "failed"],
    ]);
    expect(notes).toEqual(["+deaf", "-deaf"]);
    expect(report.services[1]?.error?.cause).toBeInstanceOf(RangeError);
  });

  it("fails readiness first, waits for the drain, and ends Taskmon last", async () => {
    const clock = manualClock();
    const notes: string[] = [];
    let check: CheckFunction | undefined;
    const ask = (): { status?: string } =>
      check?.({ signal: new AbortController().signal }) as { status?: string };
    const { identity, metrics } = standIn();
    const app = createApp({
      clock,
      drainMs: 500,
      services: [noting("web", notes)],
      taskmon: {
        ...{ identity, metrics },
        health: {
          register: (_name, given) => void (check = given),
          unregister: () => true,
          run: async () => void notes.push(`ready: ${ask().status}`),
        },
        shutdown: async ({ timeoutMs }) => void notes.push(`taskmon ${timeoutMs}`),
      },
    });
    await app.start();
    notes.length = 0;

    const ending = app.shutdown({ timeoutMs: 1_000 });
    await clock.advance(499);
    expect(notes).toEqual(["ready: fail"]);
    await clock.advance(1);
    await ending;

    expect(notes.filter((note) => note !== "ready: fail")).toEqual(["-web", "taskmon 500"]);
    expect(ask()).toEqual({ status: "fail", message: "the app is dead" });
  });

  it("is the same for every caller, and never rejects", async () => {
    const app = createApp({ services: [service("a")] });
    await app.start();
    const [first, second] = [app.shutdown(), app.shutdown({ timeoutMs: 1 })];
    expect(first).toBe(second);
    await expect(first).resolves.toMatchObject({ complete: true });
    await app[Symbol.asyncDispose]();
  });

  it("is waited for from everywhere", async () => {
    const app = createApp({ services: [service("a")] });
    await app.start();
    const heard: string[] = [];
    void app.dying.then(() => heard.push("dying"));
    void app.dead.then(() => heard.push("dead"));
    app.signal.addEventListener("abort", () => heard.push("aborted"));

    app.kill(new Error("enough"));
    await app.dead;
    await Promise.resolve();

    expect(heard).toEqual(["aborted", "dying", "dead"]);
  });
});

/** An identity and a registry, as a Taskmon object would have them. */
function standIn(): { readonly identity: Identity; readonly metrics: MetricRegistry } {
  return { identity: resolveIdentity(), metrics: new MetricRegistry() };
}
