import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setImmediate as turn } from "node:timers/promises";

/** Notes what the program sees. */
export type Note = (...what: unknown[]) => void;

/** A way to end a response. */
export interface Case {
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

/** Every way to end a response. */
export const cases: readonly Case[] = [
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
      // By what has left until then it is an error on Node.js 22, or none.
      response.end(() => note("second"));
    },
    isUnordered: true,
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
