import { describe, expect, it } from "vitest";
import type { TaskNumAllocator } from "../../src/task/allocator.ts";
import { setup, TestExporter } from "./harness.ts";

const forever = <T>(): Promise<T> => new Promise(() => undefined);
const outcomes = (report: { steps: readonly { outcome: string }[] }): string[] =>
  report.steps.map(({ outcome }) => outcome);

/** An allocator that notes what it is asked for. */
function noting(order: () => string[]) {
  return (own: TaskNumAllocator): Partial<TaskNumAllocator> => ({
    async notifyTaskIsAlive(...args) {
      const answer = await own.notifyTaskIsAlive(...args);
      order().push("heartbeat");
      return answer;
    },
    async release(...args) {
      order().push("release");
      return own.release(...args);
    },
  });
}

describe("the end", () => {
  it("stops checks and heartbeats, exports under the number, hands it back, and closes, in this order", async () => {
    const { clock, task, health, ending, order, attach } = setup({
      allocator: noting(() => order),
    });
    const exporter = new TestExporter();
    exporter.onExport = () => order.push("export");
    const { work } = attach(exporter);
    health.register("slow", ({ signal }) => {
      signal.addEventListener("abort", () => order.push("check"));
      return forever();
    });
    task.start();
    await clock.advance(10);
    void health.run("slow").catch(() => undefined);
    await clock.advance(10);
    work();
    expect(order).toEqual(["heartbeat"]);

    const ended = ending.run();
    // The check does not end by itself, and heartbeats would be due.
    await clock.advance(30_000);
    const report = await ended;

    expect(order).toEqual(["heartbeat", "check", "export", "release", "close"]);
    expect(exporter.counted).toBe(1);
    expect(exporter.numbers).toEqual([0]);
    expect(task.state).toBe("released");
    expect(report).toMatchObject({ complete: true });
    expect(report.durationMs).toBeLessThan(2_000);
    expect(report.steps.map(({ name }) => name)).toEqual([
      "the end of the health checks",
      "the end of the heartbeats",
      "the last export",
      "the end of the exports",
      "the release of the task number",
      "the closing",
    ]);
  });

  it("is begun once, however often it is asked for", async () => {
    const { clock, task, ending, order, attach } = setup({ allocator: noting(() => order) });
    const exporter = new TestExporter();
    attach(exporter).work();
    task.start();
    await clock.advance(10);
    const first = ending.run();
    expect(ending.begun).toBe(true);
    expect(ending.run()).toBe(first);
    expect(ending.run({ timeoutMs: 10 })).toBe(first);
    await first;
    expect(ending.run()).toBe(first);
    expect(exporter.batches).toHaveLength(1);
    expect(order).toEqual(["heartbeat", "release", "close"]);
  });

  it("takes 8 seconds at most, of which a receiver that hangs does not cost the number", async () => {
    const { clock, task, ending, order, attach } = setup({ allocator: noting(() => order) });
    const [hanging, other] = [new TestExporter(), new TestExporter()];
    hanging.mode = "hangs";
    attach(hanging).work();
    attach(other).work();
    task.start();
    await clock.advance(10);

    const ended = ending.run();
    await clock.advance(8_000);
    const report = await ended;
    expect(outcomes(report)).toEqual(["done", "done", "timed_out", "done", "done", "done"]);
    // What is kept for the steps that follow.
    expect(report.durationMs).toBeCloseTo(8_000 * (1 - 0.05 - 0.25 - 0.05));
    expect(hanging.batches).toHaveLength(1);
    expect(other.counted).toBe(1);
    expect(order).toEqual(["heartbeat", "release", "close"]);
    expect(task.state).toBe("released");
  });

  it("gives what the call names, and lets a later call hasten it", async () => {
    const { clock, task, ending, attach } = setup();
    const exporter = new TestExporter();
    exporter.mode = "hangs";
    attach(exporter).work();
    task.start();
    await clock.advance(10);
    const ended = ending.run({ timeoutMs: 60_000 });
    await clock.advance(5_000 - 1);
    // The default of a call that names none is that of the first one.
    void ending.run();
    expect(ending.begun && task.state).toBe("held");
    void ending.run({ timeoutMs: 100 });
    await clock.advance(100);
    expect(await ended).toMatchObject({ durationMs: 4_999 + 65 });
    expect(task.state).toBe("released");
  });

  it("hands the number back at once when the rest is called off", async () => {
    const { clock, task, ending, order, attach } = setup({ allocator: noting(() => order) });
    const exporter = new TestExporter();
    exporter.mode = "hangs";
    attach(exporter).work();
    task.start();
    await clock.advance(10);
    const controller = new AbortController();
    const ended = ending.run({ signal: controller.signal });
    await clock.advance(10);
    expect(exporter.inFlight).toBe(1);
    controller.abort();
    const report = await ended;
    expect(outcomes(report)).toEqual(["done", "done", "aborted", "done", "done", "done"]);
    expect(order).toEqual(["heartbeat", "release", "close"]);
    expect(report.durationMs).toBe(10);
  });

  it("loses neither the last export nor its own deadline to a store that hangs", async () => {
    let hangs = false;
    const { clock, task, ending, attach } = setup({
      allocator: (own) => ({
        notifyTaskIsAlive: (...args) => (hangs ? forever() : own.notifyTaskIsAlive(...args)),
        release: forever,
      }),
    });
    const exporter = new TestExporter();
    const { work } = attach(exporter);
    task.start();
    await clock.advance(10);
    work();
    hangs = true;
    // The next heartbeat is under way.
    await clock.advance(23_000);

    const ended = ending.run();
    await clock.advance(8_000);
    const report = await ended;
    expect(exporter.counted).toBe(1);
    expect(exporter.numbers).toEqual([0]);
    expect(report.durationMs).toBeLessThanOrEqual(8_000);
    expect(report.steps[2]).toMatchObject({ outcome: "done" });
    expect(task.state).toBe("released");
  });

  it("is safe during the start: waits for the number, and exports under it", async () => {
    const granted = Promise.withResolvers<void>();
    const { clock, task, ending, attach } = setup({
      allocator: (own) => ({
        async notifyTaskIsAlive(...args) {
          await granted.promise;
          return own.notifyTaskIsAlive(...args);
        },
      }),
    });
    const exporter = new TestExporter();
    attach(exporter).work();
    task.start();
    const ended = ending.run();
    await clock.advance(500);
    expect(exporter.batches).toEqual([]);
    granted.resolve();
    const report = await ended;
    expect(report).toMatchObject({ complete: true, durationMs: 500 });
    expect(exporter.numbers).toEqual([0]);
    expect(task.state).toBe("released");
  });

  it("is safe before the start, which then has no effect on it", async () => {
    const { ending, order, attach } = setup({ allocator: noting(() => order) });
    attach(new TestExporter()).work();
    expect(await ending.run()).toMatchObject({
      complete: false,
      readers: [{ outcome: "held", error: "the export was held: no_number" }],
    });
    expect(order).toEqual(["close"]);
  });

  it("goes on after a step that fails", async () => {
    const order: string[] = [];
    const broken = (name: string) => () => {
      order.push(name);
      throw new Error(name);
    };
    const { ending, attach } = setup({
      parts: {
        first: [{ name: "the end of the health checks", run: broken("health") }],
        task: { stopHeartbeats: broken("heartbeats"), release: broken("release") },
        endReader: broken("reader"),
        settleReader: broken("settle"),
        close: broken("close"),
      },
    });
    attach(new TestExporter());
    const report = await ending.run();
    expect(outcomes(report)).toEqual(["failed", "failed", "failed", "done", "failed", "failed"]);
    expect(order).toEqual([
      ...["health", "heartbeats", "reader", "settle", "reader", "release", "close"],
    ]);
    expect(report.steps[4]?.error).toEqual(new Error("release"));
  });

  it("goes on where an export is refused", async () => {
    const { clock, task, ending, attach } = setup();
    const [failing, other] = [new TestExporter(), new TestExporter()];
    failing.mode = "fails";
    attach(failing).work();
    attach(other).work();
    task.start();
    await clock.advance(10);
    await ending.run();
    expect(other.counted).toBe(1);
    expect(task.state).toBe("released");
  });

  it("has no export under way when it hands the number back", async () => {
    let inFlight: number | undefined;
    const { clock, task, ending, attach } = setup({
      allocator: (own) => ({
        async release(...args) {
          inFlight = [quick, slow].filter((exporter) => exporter.open !== undefined).length;
          return own.release(...args);
        },
      }),
    });
    const quick = new Deferring();
    const slow = new Deferring();
    const quickReader = attach(quick);
    quickReader.work();
    attach(slow).work();
    task.start();
    await clock.advance(10);

    const ended = ending.run();
    await expect.poll(() => quick.open && slow.open).toBeDefined();
    quick.answer();
    await clock.advance(0);
    // Its interval has come, while the other is at its last export.
    quickReader.work();
    const own = quickReader.reader.forceFlush();
    await expect.poll(() => quick.open).toBeDefined();
    slow.answer();
    await clock.advance(0);
    expect(task.state).toBe("held");
    quick.answer();
    await own;
    await ended;
    expect(inFlight).toBe(0);
    expect(quick.counted).toBe(2);
    // And none begins any more.
    await quickReader.reader.forceFlush();
    expect(quick.batches).toHaveLength(2);
  });

  it("reports options that are wrong, and takes its defaults", async () => {
    const { clock, task, ending, attach } = setup();
    const exporter = new TestExporter();
    attach(exporter).work();
    task.start();
    await clock.advance(10);
    expect(await ending.run({ timeoutMs: NaN })).toMatchObject({ complete: true });
    expect(exporter.counted).toBe(1);
  });
});

describe("with the SDK's own shutdown", () => {
  it("before it, hands the number back after the last reader's last export", async () => {
    const { clock, task, attach } = setup();
    const [first, second] = [new TestExporter(), new TestExporter()];
    const readers = [attach(first), attach(second)];
    task.start();
    await clock.advance(10);
    readers.forEach(({ work }) => work());
    await readers[0]!.provider.shutdown();
    expect(task.state).toBe("held");
    await readers[1]!.provider.shutdown();
    expect(task.state).toBe("released");
    expect([first.counted, second.counted]).toEqual([1, 1]);
    expect([...first.numbers, ...second.numbers]).toEqual([0, 0]);
  });

  it("after it, sends nothing under a number that was handed back", async () => {
    const { clock, task, ending, attach } = setup();
    const exporter = new TestExporter();
    const { provider, work } = attach(exporter);
    task.start();
    await clock.advance(10);
    work();
    await ending.run();
    await provider.shutdown();
    expect(exporter.counted).toBe(1);
    expect(exporter.batches).toHaveLength(1);
  });

  it("meanwhile, waits for its last export, and for all of it", async () => {
    const { clock, task, ending, attach } = setup();
    const exporter = new Deferring();
    const { provider, work } = attach(exporter);
    task.start();
    await clock.advance(10);
    work();
    const shutdown = provider.shutdown();
    await expect.poll(() => exporter.open).toBeDefined();
    const ended = ending.run();
    await clock.advance(100);
    expect(task.state).toBe("held");
    exporter.answer();
    await shutdown;
    expect(await ended).toMatchObject({ complete: true });
    expect(exporter.counted).toBe(1);
    expect(task.state).toBe("released");
  });

  it("meanwhile the other way round, has all in the one or the other's last export", async () => {
    const { clock, task, ending, attach } = setup();
    const exporter = new Deferring();
    const { provider, work } = attach(exporter);
    task.start();
    await clock.advance(10);
    work();
    const ended = ending.run();
    await expect.poll(() => exporter.open).toBeDefined();
    work();
    const shutdown = provider.shutdown();
    exporter.answer();
    await expect.poll(() => exporter.open).toBeDefined();
    exporter.answer();
    await Promise.all([ended, shutdown]);
    expect(exporter.counted).toBe(2);
    expect(new Set(exporter.numbers)).toEqual(new Set([0]));
    expect(task.state).toBe("released");
  });
});

/** Its receiver answers when the test says so. */
class Deferring extends TestExporter {
  open: (() => void) | undefined;

  override export(...[batch, done]: Parameters<TestExporter["export"]>): void {
    this.batches.push(batch);
    this.open = () => done({ code: 0 });
  }

  answer(): void {
    const { open } = this;
    this.open = undefined;
    open?.();
  }
}
