import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { type Respond, plainAnswer } from "../../src/serve/answer.ts";
import { nodeHandler } from "../../src/serve/node.ts";

async function serve(respond: Respond, next?: () => void): Promise<string> {
  const handler = nodeHandler(respond);
  const server = createServer((request, response) => handler(request, response, next));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it("hands over the path, the query and headers in any case", async () => {
  const url = await serve(({ method, path, query, header }) =>
    plainAnswer(200, JSON.stringify([method, path, query, header("X-A"), header("x-b")])),
  );
  const response = await fetch(`${url}/a/b?c=1?`, { headers: { "x-a": "1" } });
  expect(await response.json()).toEqual(["GET", "/a/b", "c=1?", "1", null]);
});

it("answers 404 where nothing answers, and no next is there", async () => {
  const url = await serve(() => undefined);
  expect((await fetch(url)).status).toBe(404);
});

it.each([
  [
    "throws",
    () => {
      throw new Error("secret");
    },
  ],
  ["rejects", () => Promise.reject(new Error("secret"))],
] satisfies [string, Respond][])(
  "answers 500 without details where the answerer %s",
  async (_, respond) => {
    const response = await fetch(await serve(respond));
    expect([response.status, await response.text()]).toEqual([500, "internal error\n"]);
  },
);
