import { createProxyServer } from "httpxy";
import { Agent } from "undici";
import { expect, it } from "vitest";
import { freePort } from "../../setup/servers.ts";
import { ask, bodyOf, rig } from "../guard/rig.ts";

it("forwards by a dispatcher of undici's", async () => {
  await using dispatcher = {
    agent: new Agent(),
    [Symbol.asyncDispose]: () => dispatcher.agent.close(),
  };
  await using wiki = await rig({
    upstream: async (request, response) => {
      response.writeHead(201, { "Set-Cookie": ["a=1", "b=2"], "Keep-Alive": "timeout=9" });
      response.end(
        `${request.method} ${request.url} ${request.headers.via} ${await bodyOf(request)}`,
      );
    },
    guard: { dispatcher: dispatcher.agent },
  });
  const answer = await ask(wiki.port, { method: "POST", path: "/a?b" }, "hello");
  expect(answer).toMatchObject({ status: 201, body: "POST /a?b 1.1 taskmon hello" });
  expect(answer.headers["set-cookie"]).toEqual(["a=1", "b=2"]);
  expect(answer.rawHeaders.join()).not.toContain("timeout=9");
});

it("answers 502 where the dispatcher reaches nobody, and takes that for evidence", async () => {
  const agent = new Agent();
  await using wiki = await rig({ upstream: await freePort(), guard: { dispatcher: agent } });
  expect((await ask(wiki.port)).status).toBe(502);
  expect(wiki.service.peek()).toBeUndefined();
  await agent.close();
});

it("forwards by a function of the caller's", async () => {
  const proxy = createProxyServer();
  await using wiki = await rig({
    upstream: async (request, response) => void response.end(await bodyOf(request)),
    guard: { forward: (request, response, target) => proxy.web(request, response, { target }) },
  });
  expect(await ask(wiki.port, { method: "POST" }, "hello")).toMatchObject({
    status: 200,
    body: "hello",
  });
});
