import { once } from "node:events";
import {
  type ClientHttp2Session,
  connect,
  createServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type IncomingHttpHeaders,
} from "node:http2";
import type { AddressInfo } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { flushHandler } from "../../../src/flush/index.ts";
import { afterTest, turns } from "../../http/harness.ts";
import { heldTarget } from "./harness.ts";

type Handler = (
  request: Http2ServerRequest,
  response: Http2ServerResponse,
  note: (...what: unknown[]) => void,
) => unknown;

interface Answer {
  headers: Record<string, unknown>;
  body: string;
  trailers: IncomingHttpHeaders;
  isEnded: boolean;
}

async function serve(
  handler: (request: Http2ServerRequest, response: Http2ServerResponse) => unknown,
): Promise<ClientHttp2Session> {
  const server = createServer(handler as never).listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  afterTest(async () => {
    client.destroy();
    server.close();
    await once(server, "close");
  });
  return client;
}

function ask(
  client: ClientHttp2Session,
  method = "GET",
): { answer: Answer; ended: Promise<Answer> } {
  const stream = client.request({ ":method": method, ":path": "/" });
  const answer: Answer = { headers: {}, body: "", trailers: {}, isEnded: false };
  stream.on("response", ({ date: _, ...headers }) => (answer.headers = { ...headers }));
  stream.on("data", (part: Buffer) => (answer.body += part.toString()));
  stream.on("trailers", (trailers: IncomingHttpHeaders) => (answer.trailers = { ...trailers }));
  const ended = new Promise<Answer>((resolve, reject) => {
    stream.on("end", () => {
      answer.isEnded = true;
    });
    stream.on("close", () => resolve(answer)).on("error", reject);
  });
  stream.end();
  return { answer, ended };
}

interface Case {
  readonly name: string;
  readonly method?: string;
  readonly handle: Handler;
  readonly before?: string;
  /** Its header block ends it, and carries all: nothing can be kept back without it. */
  readonly isOver?: true;
}

const cases: Case[] = [
  { name: "end(text)", handle: (_, response) => response.end("all"), before: "all" },
  { name: "end() of nothing", handle: (_, response) => response.end() },
  {
    name: "end(text, callback)",
    handle: (_, response, note) => response.end("all", () => note("called")),
    before: "all",
  },
  {
    name: "writes and an end",
    async handle(_, response) {
      response.write("one");
      await turn();
      response.write("two");
      return response.end("three");
    },
    before: "onetwothree",
  },
  {
    name: "writeHead and an end of nothing",
    handle: (_, response) => response.writeHead(201, { "x-made": "yes" }).end(),
  },
  {
    name: "trailers",
    handle(_, response) {
      response.addTrailers({ "x-sum": "4" });
      response.write("body");
      return response.end();
    },
    before: "body",
  },
  { name: "204", handle: (_, response) => ((response.statusCode = 204), response.end()) },
  {
    name: "an answer to HEAD with a body",
    method: "HEAD",
    handle: (_, response) => response.end("none"),
    isOver: true,
  },
  { name: "an answer to HEAD", method: "HEAD", handle: (_, response) => response.end() },
  {
    name: "what is done after the end",
    handle(_, response, note) {
      response.setHeader("x-one", "1");
      response.end();
      note(response.writableEnded, response.statusCode, response.finished);
      response.end(() => note("called again"));
    },
  },
];

describe.each(cases)("$name over HTTP/2", ({ method, handle, before = "", isOver }) => {
  const run = async (
    wrap: (handler: Handler) => Handler,
    meanwhile: (answer: Answer, noted: unknown[]) => Promise<void>,
  ): Promise<{ answer: Answer; noted: unknown[][] }> => {
    const noted: unknown[][] = [];
    const wrapped = wrap((request, response) => {
      for (const event of ["finish", "close"]) response.on(event, () => noted.push([event]));
      const result = handle(request, response, (...what) => noted.push(what));
      if (result === response) noted.push(["returned the response"]);
      return result;
    });
    const client = await serve((request, response) => wrapped(request, response, () => undefined));
    const { answer, ended } = ask(client, method);
    await meanwhile(answer, noted);
    await ended;
    await turns(5);
    return { answer, noted };
  };

  it("sends the same, and lets the program see the same, with a flush before its end", async () => {
    const bare = await run(
      (handler) => handler,
      async () => undefined,
    );
    const target = heldTarget();
    const held = await run(
      (handler) =>
        flushHandler(target, (request: Http2ServerRequest, response: Http2ServerResponse) =>
          handler(request, response, () => undefined),
        ),
      async (answer, noted) => {
        if (isOver === true) return;
        await expect.poll(() => target.begun).toBe(1);
        await turns(20);
        expect(answer.isEnded).toBe(false);
        expect(noted).not.toContainEqual(["close"]);
        await expect.poll(() => answer.body).toBe(before);
        target.release();
      },
    );
    expect(held.answer).toEqual(bare.answer);
    expect(held.noted).toEqual(bare.noted);
    expect(target.settled).toHaveLength(isOver === true ? 0 : 1);
  });
});

it("lets the other streams of the connection pass", async () => {
  const target = heldTarget();
  const client = await serve(
    flushHandler(target, (_: Http2ServerRequest, response: Http2ServerResponse) =>
      response.end("all"),
    ),
  );
  const first = ask(client);
  await expect.poll(() => target.begun).toBe(1);
  const others = [1, 2, 3].map(() => ask(client).ended);
  expect((await Promise.all(others)).map(({ body }) => body)).toEqual(["all", "all", "all"]);
  expect(first.answer.isEnded).toBe(false);
  target.release();
  expect((await first.ended).body).toBe("all");
});

it("does nothing more for a stream that the client resets meanwhile", async () => {
  const target = heldTarget();
  const responses: Http2ServerResponse[] = [];
  const client = await serve(
    flushHandler(target, (_: Http2ServerRequest, response: Http2ServerResponse) => {
      responses.push(response);
      return response.end();
    }),
  );
  const stream = client.request({ ":path": "/" });
  stream.on("error", () => undefined);
  await expect.poll(() => target.begun).toBe(1);
  const closed = once(responses[0]!, "close");
  stream.close(8);
  await closed;
  target.release();
  await turns(5);
  const next = ask(client);
  expect((await next.ended).headers[":status"]).toBe(200);
});
