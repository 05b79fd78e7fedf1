import type { RequestListener } from "node:http";
import { describe, expect, it } from "vitest";
import { flushHandler } from "../../../src/flush/index.ts";
import { RawClient, serve, turns } from "../../http/harness.ts";
import { type Case, cases, type Note } from "./endings.ts";
import { type HeldTarget, heldTarget } from "./harness.ts";

// Every way to end a response, with a flush before its end and without us: the client must get the same
// bytes, and the program must see the same.

/** What a client and the program saw of one request. */
interface Seen {
  received: string;
  readonly noted: unknown[][];
}

/** Serves one request by `listener`. */
async function run(
  { request = ["GET / HTTP/1.1", "host: t"], handle }: Case,
  wrap: (listener: RequestListener) => RequestListener,
  meanwhile: (client: RawClient, seen: Seen) => Promise<void>,
): Promise<Seen> {
  const noted: unknown[][] = [];
  const note: Note = (...what) => void noted.push(what);
  const handled = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  const { port } = await serve(
    wrap((incoming, response) => {
      for (const event of ["prefinish", "finish", "close"]) {
        // Before its end it depends on the version of Node.js whether the bytes have left.
        response.on(event, () => note(event, event === "finish" && response.writableFinished));
      }
      response.on("close", closed.resolve);
      const result = handle(incoming, response, note);
      if (result === response) note("returned the response");
      void Promise.resolve(result).then(
        () => handled.resolve(),
        (error: Error) => (note("rejected", error.message), handled.resolve()),
      );
    }),
  );
  const client = new RawClient(port);
  const seen: Seen = { received: "", noted };
  client.send(...request, "", "");
  await meanwhile(client, seen);
  await Promise.all([handled.promise, closed.promise]);
  await turns(3);
  seen.received = client.received.replaceAll(/Date: [^\r]+/g, "Date: D");
  return seen;
}

describe.each(cases)("$name", (each) => {
  it("sends the same, and lets the program see the same, with a flush before its end", async () => {
    const bare = await run(
      each,
      (listener) => listener,
      async () => undefined,
    );

    const target: HeldTarget = heldTarget();
    const held = await run(
      each,
      (listener) => flushHandler(target, listener),
      async (client, { noted }) => {
        if (each.isOver === true) return;
        await expect.poll(() => target.begun, { interval: 2 }).toBe(1);
        await turns(5);
        expect(noted.map(([event]) => event)).not.toContain("finish");
        const received = client.received;
        expect(received).toMatch(each.before ?? /^$/);
        target.release();
      },
    );

    expect(held.received).toBe(bare.received);
    const inOrder = (notes: unknown[][]): unknown[] =>
      each.isUnordered === true ? notes.map(String).toSorted() : notes;
    expect(inOrder(held.noted)).toEqual(inOrder(bare.noted));
    expect(target.settled).toHaveLength(each.isOver === true ? 0 : 1);
    // The request was counted before the flush began.
    if (each.isOver === undefined) expect(target.settled[0]!.begun).toBe(0);
  });

  it("sends the same where no flush is due", async () => {
    const bare = await run(
      each,
      (listener) => listener,
      async () => undefined,
    );
    const target = heldTarget({ isDue: false });
    const untouched = await run(
      each,
      (listener) => flushHandler(target, listener),
      async () => undefined,
    );
    expect(untouched).toEqual(bare);
    expect(target.limits).toEqual([]);
  });
});
