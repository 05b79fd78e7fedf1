import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  commandChannel,
  commandServer,
  type CommandServer,
  createApp,
  defineService,
  isError,
  SERVICE_NOT_ALIVE,
} from "../../../src/app/index.ts";

/** A service's end, and a channel of so many places. */
function setup(size: number): { end: () => void; channel: ReturnType<typeof commandChannel> } {
  const controller = new AbortController();
  const owner = { id: 1n, name: "shop", signal: controller.signal };
  return { end: () => controller.abort(), channel: commandChannel(owner, size) };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a command channel", () => {
  it("keeps order and bound, and runs or rejects what it accepted, whatever happens", async () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.constant("submit" as const) },
      { weight: 3, arbitrary: fc.constant("run" as const) },
      { weight: 1, arbitrary: fc.constant("abort" as const) },
      { weight: 1, arbitrary: fc.constant("throw" as const) },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(step, { maxLength: 40 }),
        fc.boolean(),
        async (size, steps, ends) => {
          const { channel, end } = setup(size);
          const ran: number[] = [];
          const outcomes = new Map<number, string>();
          const controllers = new Map<number, AbortController>();
          let next = 0;
          for (const what of steps) {
            if (what === "run") await channel.runNext();
            else if (what === "abort") controllers.get(next - 1)?.abort(new Error("withdrawn"));
            else {
              const id = next++;
              const controller = new AbortController();
              controllers.set(id, controller);
              const command = (): number => {
                ran.push(id);
                if (what === "throw") throw new Error("thrown");
                return id;
              };
              channel.submit(command, { signal: controller.signal }).then(
                (value) => outcomes.set(id, value === id ? "ran" : "wrong"),
                (error: Error) =>
                  outcomes.set(id, isError(error, SERVICE_NOT_ALIVE) ? "dead" : error.message),
              );
            }
            expect(channel.depth).toBeLessThanOrEqual(size);
            await turn();
          }
          if (ends) end();
          else while ((await channel.runNext()) || channel.waiting > 0) await turn();
          await turn();
          // Nothing is forgotten, nothing runs twice, and the order is that of the submissions.
          expect(outcomes.size).toBe(next);
          expect(ran).toEqual([...new Set(ran)].toSorted((a, b) => a - b));
          for (const [id, outcome] of outcomes) {
            expect(outcome === "ran" || outcome === "thrown").toBe(ran.includes(id));
          }
          expect([...outcomes.values()]).not.toContain("wrong");
          if (!ends) expect([...outcomes.values()]).not.toContain("dead");
        },
      ),
      { numRuns: 100 },
    );
  });

  it("waits for room, and lets the next one in when there is some", async () => {
    const { channel } = setup(1);
    const first = channel.submit(() => "a");
    const second = channel.submit(() => "b");
    await turn();
    expect([channel.depth, channel.waiting]).toEqual([1, 1]);
    await channel.runNext();
    await turn();
    expect([channel.depth, channel.waiting]).toEqual([1, 0]);
    await channel.runNext();
    expect(await Promise.all([first, second])).toEqual(["a", "b"]);
  });

  it("keeps the order where one comes while another is let in", async () => {
    const { channel } = setup(1);
    const ran: string[] = [];
    const all = ["a", "b"].map((name) => channel.submit(() => ran.push(name)));
    await turn();
    const running = channel.runNext();
    all.push(channel.submit(() => ran.push("c")));
    await running;
    while (await channel.runNext());
    await Promise.all(all);
    expect(ran).toEqual(["a", "b", "c"]);
  });

  it("takes nothing once its service ends", async () => {
    const { channel, end } = setup(1);
    end();
    const error: unknown = await channel.submit(() => 1).catch((reason: unknown) => reason);
    expect(isError(error, SERVICE_NOT_ALIVE)).toBe(true);
  });

  it.each([0, 65_536, 1.5])("refuses the size %d", (size) => {
    expect(() => setup(size)).toThrow("commandChannel.size");
  });
});

describe("a command server", () => {
  it("owns its state: init before the first command, one at a time, destroy after the last", async () => {
    const notes: string[] = [];
    let counter!: CommandServer;
    const service = defineService({
      id: 1n,
      name: "counter",
      start(context) {
        counter = commandServer(context, {
          name: "counter",
          init: () => void notes.push("init"),
          destroy: () => void notes.push("destroy"),
        });
      },
      run: () => counter.run(),
    });
    const app = createApp({ services: [service], logger: { emit() {} } });
    await app.start();
    let busy = 0;
    const results = await Promise.allSettled(
      [1, 2, 3].map((n) =>
        counter.submit(async () => {
          busy += 1;
          expect(busy).toBe(1);
          await turn();
          busy -= 1;
          notes.push(`run ${n}`);
          if (n === 2) throw new Error("two");
          return n * 10;
        }),
      ),
    );
    await app.shutdown();

    expect(
      results.map((result) => (result.status === "fulfilled" ? result.value : "failed")),
    ).toEqual([10, "failed", 30]);
    expect(notes).toEqual(["init", "run 1", "run 2", "run 3", "destroy"]);
  });

  it("ends its service where init fails, and destroys all the same", async () => {
    const notes: string[] = [];
    let server!: CommandServer;
    const service = defineService({
      id: 1n,
      name: "broken",
      whenDead: "ignore",
      start(context) {
        server = commandServer(context, {
          name: "broken",
          init: () => Promise.reject(new Error("no file")),
          destroy: () => void notes.push("destroy"),
        });
      },
      run: () => server.run(),
    });
    const app = createApp({ services: [service], logger: { emit() {} } });
    await app.start();
    const one = app.get(service)!;
    await one.dead;
    expect((one.reason as Error).message).toBe("no file");
    expect(notes).toEqual(["destroy"]);
    await expect(server.submit(() => 1)).rejects.toThrow("not alive");
    await app.shutdown();
  });
});
