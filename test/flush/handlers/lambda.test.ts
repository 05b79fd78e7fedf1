import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { flushLambda } from "../../../src/flush/index.ts";
import { turns } from "../../http/harness.ts";
import { heldTarget } from "./harness.ts";

interface Context {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

const context = (remainingMs = 30_000): Context => ({
  awsRequestId: "r",
  getRemainingTimeInMillis: () => remainingMs,
});

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const settled = promise.then(
    () => false,
    () => false,
  );
  return Promise.race([settled, turns(5).then(() => true)]);
}

const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");

describe("a handler that returns a promise", () => {
  it("has its result after the flush", async () => {
    const target = heldTarget();
    const result = { statusCode: 200 };
    const handler = flushLambda(
      target,
      async (event: { id: number }, { awsRequestId }: Context) => {
        expect([event.id, awsRequestId]).toEqual([7, "r"]);
        return result;
      },
    );
    const invoked = handler({ id: 7 }, context());
    expect(await isPending(invoked)).toBe(true);
    expect(target.begun).toBe(1);
    target.release();
    expect(await invoked).toBe(result);
  });

  it("has its result at once where no flush is due", async () => {
    const target = heldTarget({ isDue: false });
    expect(await flushLambda(target, async () => 7)()).toBe(7);
    expect(target.limits).toEqual([]);
  });

  it("flushes when it fails too, and fails with the same error", async () => {
    const target = heldTarget();
    const error = new Error("of the handler");
    const invoked = flushLambda(target, async () => Promise.reject(error))();
    expect(await isPending(invoked)).toBe(true);
    target.release();
    await expect(invoked).rejects.toBe(error);
  });

  it("throws what it throws, and flushes nothing for it", () => {
    const target = heldTarget();
    const error = new Error("of the handler");
    const handler = flushLambda(target, () => {
      throw error;
    });
    expect(handler).toThrow(error);
    expect(target.limits).toEqual([]);
  });

  it("has its result although the flush fails", async () => {
    const target = heldTarget();
    const invoked = flushLambda(target, async () => "result")();
    await turns(2);
    target.release(new Error("refused"));
    expect(await invoked).toBe("result");
  });
});

describe("the time that is left to an invocation", () => {
  it.each([
    { remainingMs: 30_000, limits: [29_500] },
    { remainingMs: 1_500, limits: [1_000] },
    { remainingMs: 501, limits: [1] },
    // There is no time for a flush.
    { remainingMs: 500, limits: [] },
    { remainingMs: 0, limits: [] },
  ])("bounds the flush: $remainingMs ms", async ({ remainingMs, limits }) => {
    const target = heldTarget();
    const invoked = flushLambda(target, async (_event: unknown, _context: Context) => "result")(
      {},
      context(remainingMs),
    );
    await turns(2);
    expect(target.limits).toEqual(limits);
    target.release();
    expect(await invoked).toBe("result");
  });

  it("is that after the handler", async () => {
    const target = heldTarget();
    let remainingMs = 10_000;
    const handler = flushLambda(target, async (_event: unknown, _context: Context) => {
      remainingMs = 2_500;
    });
    const invoked = handler({}, { awsRequestId: "r", getRemainingTimeInMillis: () => remainingMs });
    await turns(2);
    expect(target.limits).toEqual([2_000]);
    target.release();
    await invoked;
  });

  it("is the flush's own limit without a context", async () => {
    const target = heldTarget();
    const invoked = flushLambda(target, async (_event: unknown) => "result")({});
    await turns(2);
    expect(target.limits).toEqual([undefined]);
    await target.clock.advance(5_000);
    expect(await invoked).toBe("result");
  });
});

describe("a handler that calls back", () => {
  type Callback = (error: Error | null, result?: unknown) => void;
  const invoke = (
    handler: (event: unknown, context: Context, callback: Callback) => unknown,
  ): Promise<unknown> =>
    new Promise((resolve, reject) => {
      handler({}, context(), (error, result) => (error === null ? resolve(result) : reject(error)));
    });

  it("calls back after the flush", async () => {
    const target = heldTarget();
    const handler = flushLambda(
      target,
      (_event: unknown, _context: Context, callback: Callback) => {
        setTimeout(() => callback(null, "result"), 1);
      },
    );
    const invoked = invoke(handler);
    await expect.poll(() => target.begun).toBe(1);
    expect(await isPending(invoked)).toBe(true);
    target.release();
    expect(await invoked).toBe("result");
    expect(handler).toHaveLength(3);
  });

  it("calls back with the same error", async () => {
    const target = heldTarget();
    const error = new Error("of the handler");
    const invoked = invoke(
      flushLambda(target, (_event: unknown, _context: Context, callback: Callback) =>
        callback(error),
      ),
    );
    await turns(2);
    target.release();
    await expect(invoked).rejects.toBe(error);
  });

  it("calls back at once where no flush is due", () => {
    const target = heldTarget({ isDue: false });
    let called = false;
    flushLambda(target, (_event: unknown, _context: Context, callback: Callback) => callback(null))(
      {},
      context(),
      () => (called = true),
    );
    expect(called).toBe(true);
  });
});

describe("a handler of streamed responses", () => {
  /** As the runtime's `awslambda.streamifyResponse` marks one. */
  const streamified = <H extends object>(handler: H): H =>
    Object.assign(handler, { [STREAMING]: "response" });
  const stream = {
    written: [] as string[],
    end(text: string) {
      this.written.push(text);
    },
  };

  it.each([
    [
      "inside",
      (wrap: <H extends (...args: never[]) => unknown>(handler: H) => H) =>
        wrap(
          streamified(async (_event: unknown, out: typeof stream, _context: Context) =>
            out.end("all"),
          ),
        ),
    ],
    [
      "outside",
      (wrap: <H extends (...args: never[]) => unknown>(handler: H) => H) =>
        streamified(
          wrap(async (_event: unknown, out: typeof stream, _context: Context) => out.end("all")),
        ),
    ],
  ])(
    "has sent its response, and ends its invocation after the flush: marked %s",
    async (_, make) => {
      const target = heldTarget();
      stream.written.length = 0;
      const handler = make((inner) => flushLambda(target, inner));
      expect(Reflect.get(handler, STREAMING)).toBe("response");
      const invoked = handler({}, stream, context(3_000));
      expect(await isPending(invoked)).toBe(true);
      expect(stream.written).toEqual(["all"]);
      expect(target.limits).toEqual([2_500]);
      target.release();
      await invoked;
    },
  );
});

it("keeps the event loop alive during the flush, which the runtime takes for the invocation's end", () => {
  const program = new URL("fixtures/lambda.ts", import.meta.url).pathname;
  expect(execFileSync(process.execPath, [program], { encoding: "utf8" })).toBe("result\n");
});
