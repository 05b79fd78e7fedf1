import { once } from "node:events";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { flushHandler } from "../../../../src/state/flush/index.ts";
import { afterTest, RawClient, serve, turns } from "../../../http/harness.ts";
import { type HeldTarget, heldTarget } from "./harness.ts";

// Every way to end a response, with a flush before its end and without us: the client must get the same
// bytes, and the program must see the same.

type Note = (...what: unknown[]) => void;

interface Case {
  readonly name: string;
  readonly request?: readonly string[];
  readonly handle: (request: IncomingMessage, response: ServerResponse, note: Note) => unknown;
  /** What the client has while the flush is under way, of what it gets in the end. @default nothing */
  readonly before?: RegExp;
  /** Errors come before `finish`, as with a client that is slow. */
  readonly isUnordered?: true;
  /** Nothing can be kept back: the request is over for its client before anybody says so. */
  readonly isOver?: true;
}

const body = "x".repeat(3_000);

const cases: Case[] = [
  { name: "end(text)", handle: (_, response) => response.end(body) },
  { name: "end(text, encoding)", handle: (_, response) => response.end("68656c6c6f", "hex") },
  { name: "end(bytes)", handle: (_, response) => response.end(Buffer.from(body)) },
  { name: "end() of nothing", handle: (_, response) => response.end() },
  { name: "end(callback)", handle: (_, response, note) => response.end(() => note("called")) },
  {
    name: "end(text, callback)",
    handle: (_, response, note) => response.end(body, () => note("called")),
  },
  {
    name: "end(text, encoding, callback)",
    handle: (_, response, note) => response.end("aGk=", "base64", () => note("called")),
  },
  {
    name: "a write and an end",
    handle(_, response, note) {
      note(response.write("first", () => note("written")));
      return response.end("second");
    },
    before: /first/,
  },
  {
    name: "writes and an end, a turn after the other",
    async handle(_, response) {
      for (const part of ["one", "two", "three"]) {
        response.write(part);
        await turn();
      }
      return response.end("four");
    },
    before: /one[^]*two[^]*three/,
  },
  {
    name: "writes, and an end of nothing",
    async handle(_, response) {
      response.write(body);
      await turn();
      return response.end();
    },
    before: /x{3000}\r\n$/,
  },
  {
    name: "a stream that is piped",
    async handle(_, response, note) {
      await pipeline(Readable.from(["a", "b", "c"]), response);
      note("piped");
    },
    before: /a[^]*b[^]*c\r\n$/,
  },
  {
    name: "a stream that is piped, of declared length",
    async handle(_, response, note) {
      response.setHeader("content-length", 3);
      await pipeline(Readable.from(["a", "b", "c"]), response);
      note("piped");
    },
    before: /ab$/,
  },
  {
    name: "a write that completes the declared length, and that is awaited before the end",
    async handle(_, response) {
      response.writeHead(200, { "content-length": 5 });
      await new Promise((resolve) => response.write("hello", resolve));
      await turn();
      return response.end();
    },
  },
  {
    name: "writeHead with a length, and an end",
    handle: (_, response) => response.writeHead(201, "Made", { "content-length": 5 }).end("hello"),
  },
  {
    name: "headers that are flushed",
    handle(_, response) {
      response.flushHeaders();
      return response.end();
    },
    before: /\r\n\r\n$/,
  },
  {
    name: "cork and uncork",
    async handle(_, response) {
      response.cork();
      response.write("one");
      response.write("two");
      return response.end("three");
    },
    before: /\r\n3\r\none\r\n$/,
  },
  {
    name: "trailers",
    handle(_, response) {
      response.setHeader("trailer", "x-sum");
      response.write("body");
      response.addTrailers({ "x-sum": "4" });
      return response.end();
    },
    before: /body\r\n$/,
  },
  {
    name: "an answer to HEAD",
    request: ["HEAD / HTTP/1.1", "host: t"],
    handle: (_, response) => response.end(body),
  },
  { name: "204", handle: (_, response) => response.writeHead(204).end() },
  { name: "304", handle: (_, response) => response.writeHead(304, { etag: '"1"' }).end() },
  {
    name: "a client that closes",
    request: ["GET / HTTP/1.1", "host: t", "connection: close"],
    handle: (_, response) => response.end(body),
  },
  {
    name: "a client of HTTP/1.0",
    request: ["GET / HTTP/1.0"],
    handle: (_, response) => response.end(body),
  },
  {
    name: "100 Continue",
    request: ["POST / HTTP/1.1", "host: t", "expect: 100-continue", "content-length: 0"],
    handle: (_, response) => response.end(body),
    before: /^HTTP\/1.1 100 Continue\r\n\r\n$/,
  },
  {
    name: "early hints and processing",
    async handle(_, response) {
      response.writeEarlyHints({ link: "</a.css>; rel=preload" });
      response.writeProcessing();
      await turn();
      return response.end(body);
    },
    before: /103 Early Hints[^]*102 Processing/,
  },
  {
    name: "what is done after the end",
    handle(_, response, note) {
      response.end("done");
      note(response.writableEnded, response.headersSent, response.finished, response.statusCode);
      note(codeOf(() => response.setHeader("x-late", "1")));
      note(codeOf(() => response.writeHead(500)));
      response.statusCode = 500;
      response.on("error", (error: NodeJS.ErrnoException) => note("error", error.code));
      note(response.write("late"));
      response.end("later", () => note("called with what"));
      return response.end();
    },
    isUnordered: true,
  },
  {
    name: "a second end with a callback",
    handle(_, response, note) {
      response.end("done");
      response.end((error?: NodeJS.ErrnoException) => note("second", error?.code));
    },
  },
  {
    name: "an end that throws",
    handle(_, response, note) {
      response.strictContentLength = true;
      response.setHeader("content-length", 4);
      note(codeOf(() => response.end("no")));
      response.strictContentLength = false;
      response.destroy();
    },
    isOver: true,
  },
];

function codeOf(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}

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

describe("on one connection", () => {
  it("goes on after the flush, and keeps the connection", async () => {
    const target = heldTarget();
    const { port } = await serve(
      flushHandler(target, (request, response) => void response.end(`to ${request.url}`)),
    );
    const client = new RawClient(port);
    client.get("/one");
    await expect.poll(() => target.begun).toBe(1);
    target.release();
    await client.receives("to /one");
    client.get("/two");
    await client.receives("to /two");
    await target.dueAgain();
    client.get("/three");
    await expect.poll(() => target.begun).toBe(2);
    await turns(5);
    expect(client.received).not.toContain("/three");
    target.release();
    await client.receives("to /three");
    expect(client.received.match(/keep-alive/g)).not.toBeNull();
  });

  it("answers pipelined requests in their order", async () => {
    const target = heldTarget();
    const { port } = await serve(
      flushHandler(target, (request, response) => {
        // The last one is ready first.
        setTimeout(() => response.end(`to ${request.url}`), request.url === "/1" ? 30 : 1);
      }),
    );
    const client = new RawClient(port);
    client.send(...[1, 2, 3].flatMap((path) => [`GET /${path} HTTP/1.1`, "host: t", ""]), "");
    await expect.poll(() => target.begun).toBe(1);
    await turns(10);
    expect(client.received).toBe("");
    expect(target.settled).toHaveLength(1);
    target.release();
    await client.receives("to /3");
    expect(client.received.match(/to \/\d/g)).toEqual(["to /1", "to /2", "to /3"]);
  });

  it("holds no other connection", async () => {
    const target = heldTarget();
    const { port } = await serve(
      flushHandler(target, (request, response) => void response.end(`to ${request.url}`)),
    );
    const first = new RawClient(port);
    first.get("/first");
    await expect.poll(() => target.begun).toBe(1);
    for (let other = 0; other < 5; other++) {
      const client = new RawClient(port);
      client.get("/other");
      await client.receives("to /other");
    }
    expect(first.received).toBe("");
    expect(target.limits).toHaveLength(1);
    target.release();
    await first.receives("to /first");
  });
});

describe("at the flush's time limit", () => {
  it("ends the request, whatever the exporter does", async () => {
    const target = heldTarget();
    const { port } = await serve(flushHandler(target, (_, response) => void response.end("late")));
    const client = new RawClient(port);
    client.get();
    await expect.poll(() => target.begun).toBe(1);
    await target.clock.advance(4_999);
    await turns(5);
    expect(client.received).toBe("");
    await target.clock.advance(1);
    await client.receives("late");
    expect(target.isUnderWay).toBe(true);
  });

  it("ends the request when the flush fails", async () => {
    const target = heldTarget();
    const { port } = await serve(
      flushHandler(target, (_, response) => void response.end("all the same")),
    );
    const client = new RawClient(port);
    client.get();
    await expect.poll(() => target.begun).toBe(1);
    target.release(new Error("refused"));
    await client.receives("all the same");
  });
});

describe("a connection that breaks meanwhile", () => {
  const breaks: [string, (client: RawClient, response: ServerResponse) => unknown][] = [
    ["the client resets it", (client) => client.socket.resetAndDestroy()],
    ["the program destroys the response", (_, response) => response.destroy()],
    ["the program destroys the socket", (_, response) => response.socket!.destroy()],
  ];

  it.each(breaks)("ends as it would have: %s", async (_, breakIt) => {
    const { target, client, responses, port } = await heldRequest();
    const closed = once(responses[0]!, "close");
    breakIt(client, responses[0]!);
    await closed;
    target.release();
    await turns(5);
    await answersAnother(port);
  });

  it("ends after the flush where the client has closed its side", async () => {
    const { target, client, responses, port } = await heldRequest();
    client.socket.end();
    await turns(10);
    expect(responses[0]!.destroyed).toBe(false);
    const closed = once(responses[0]!, "close");
    target.release();
    await client.receives("to /one");
    await closed;
    await answersAnother(port);
  });

  async function heldRequest(): Promise<{
    target: HeldTarget;
    client: RawClient;
    responses: ServerResponse[];
    port: number;
  }> {
    const target = heldTarget();
    const responses: ServerResponse[] = [];
    const { port } = await serve(
      flushHandler(target, (request, response) => {
        responses.push(response);
        response.end(`to ${request.url}`);
      }),
    );
    const client = new RawClient(port);
    const before = process.listenerCount("exit");
    afterTest(() => expect(process.listenerCount("exit")).toBe(before));
    client.get("/one");
    await expect.poll(() => target.begun).toBe(1);
    return { target, client, responses, port };
  }

  async function answersAnother(port: number): Promise<void> {
    const next = new RawClient(port);
    next.get("/two");
    await next.receives("to /two");
  }
});

it("flushes for one of two targets at one response, and for the other at the next", async () => {
  const [one, other] = [heldTarget(), heldTarget()];
  const inner = flushHandler(one, (request, response) => void response.end(`to ${request.url}`));
  const { port } = await serve(flushHandler(other, inner));
  const client = new RawClient(port);
  client.get("/1");
  await expect.poll(() => one.begun + other.begun).toBe(1);
  await turns(5);
  expect(client.received).toBe("");
  for (const target of [one, other]) target.release();
  await client.receives("to /1");
  client.get("/2");
  await expect.poll(() => one.begun + other.begun).toBe(2);
  expect([one.begun, other.begun]).toEqual([1, 1]);
  for (const target of [one, other]) target.release();
  await client.receives("to /2");
});

it("passes what its handler throws or rejects with, and flushes nothing for it", async () => {
  const target = heldTarget();
  const error = new Error("of the handler");
  const throwing = flushHandler(target, () => {
    throw error;
  });
  const rejected = Promise.reject(error);
  rejected.catch(() => undefined);
  const rejecting = flushHandler(target, () => rejected);
  const response = {} as ServerResponse;
  response.end = (() => response) as never;
  expect(() => throwing({} as IncomingMessage, response)).toThrow(error);
  expect(rejecting({} as IncomingMessage, response)).toBe(rejected);
  expect(target.limits).toEqual([]);
});

it("leaves upgraded connections alone", async () => {
  const target = heldTarget();
  const { server, port } = await serve(flushHandler(target, (_, response) => void response.end()));
  server.on("upgrade", (_, socket) => {
    afterTest(() => socket.destroy());
    socket.write("HTTP/1.1 101 Switching Protocols\r\n\r\nhello");
  });
  const client = new RawClient(port);
  client.send("GET / HTTP/1.1", "host: t", "connection: upgrade", "upgrade: x", "", "");
  await client.receives("hello");
  expect(target.limits).toEqual([]);
});

it("puts one property on a response for which no flush is due, and no other", async () => {
  const target = heldTarget({ isDue: false });
  const owns: string[][] = [];
  const { port } = await serve(
    flushHandler(target, (_, response) => {
      owns.push(Object.getOwnPropertyNames(response));
      response.end();
    }),
  );
  const bare = await serve((_, response) => {
    owns.push(Object.getOwnPropertyNames(response));
    response.end();
  });
  for (const at of [port, bare.port]) {
    const client = new RawClient(at);
    client.get();
    await client.receives("\r\n\r\n");
  }
  expect(owns[0]!.filter((name) => !owns[1]!.includes(name))).toEqual(["end"]);
});
