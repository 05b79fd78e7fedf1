import { expect, it } from "vitest";
import { honoRoute, measuredHandler, setHttpRoute } from "../../../src/http/index.ts";
import { metered, serverMeter } from "../../../src/http/wrap/measured-handler.ts";
import { Hono } from "hono";
import { measuring } from "./registry.ts";

const DURATION = "http.server.request.duration";
const basic = { "http.request.method": "GET", "url.scheme": "http" };
const answered = { ...basic, "http.response.status_code": 200 };

it("records a request of a handler with its route, status and sizes, and hands all through", async () => {
  const { taskmon, exported } = measuring();
  const meter = serverMeter(taskmon, undefined);
  const server = { name: "server" };
  const handler = metered(meter, function (this: unknown, request: Request, beside: string) {
    expect([this, beside]).toEqual([server, "beside"]);
    setHttpRoute(request, "/users/:id");
    return new Response("hello", { headers: { "content-length": "5" } });
  });
  const request = new Request("https://shop.test/users/7?x=1", {
    ...{ method: "POST", body: "abc" },
    headers: { "content-length": "3", "user-agent": "kube-probe/1.30" },
  });
  expect(await handler.call(server, request, "beside").text()).toBe("hello");
  const labels = {
    ...{ "http.request.method": "POST", "url.scheme": "https", "http.response.status_code": 200 },
    ...{ "http.route": "/users/:id", "user_agent.synthetic.type": "test" },
  };
  expect(await exported(DURATION)).toEqual([{ ...labels, count: 1 }]);
  const bytes = async (direction: string): Promise<object[]> =>
    exported(`http.server.${direction}.body.size`);
  expect(await bytes("request")).toEqual([{ ...labels, count: 1, value: 3 }]);
  expect(await bytes("response")).toEqual([{ ...labels, count: 1, value: 5 }]);
});

it("counts a request as active until its response is there", async () => {
  const { taskmon, exported } = measuring();
  const { promise, resolve } = Promise.withResolvers<Response>();
  const handler = metered(serverMeter(taskmon, undefined), (_request: Request) => promise);
  const given = handler(new Request("http://shop.test/"));
  expect(given).toBe(promise);
  expect(await exported("http.server.active_requests")).toMatchObject([{ ...basic, value: 1 }]);
  resolve(new Response(null, { status: 204 }));
  await given;
  expect(await exported("http.server.active_requests")).toMatchObject([{ value: 0 }]);
});

it.each([
  {
    how: "throws",
    handler: (): Response => {
      throw new Error("gone");
    },
  },
  { how: "rejects", handler: (): Promise<Response> => Promise.reject(new Error("gone")) },
])("calls a handler that $how status 500, which the runtime answers", async ({ handler }) => {
  const { taskmon, exported } = measuring();
  const meter = serverMeter(taskmon, { route: "/orders" });
  const measured = metered(meter, (_request: Request): Response | Promise<Response> => handler());
  await expect(async () => measured(new Request("http://shop.test/"))).rejects.toThrow("gone");
  expect(await exported(DURATION)).toEqual([
    {
      ...basic,
      "http.response.status_code": 500,
      "http.route": "/orders",
      "error.type": "500",
      count: 1,
    },
  ]);
});

it("tells a client that left, and a connection that became a WebSocket, from an answer", async () => {
  const { taskmon, exported } = measuring();
  const meter = serverMeter(taskmon, undefined);
  const gone = new AbortController();
  const request = new Request("http://shop.test/", { signal: gone.signal });
  metered(meter, (_request: Request) => {
    gone.abort();
    return new Response("late");
  })(request);
  metered(meter, (_request: Request) => undefined)(new Request("http://shop.test/socket"));
  expect(await exported(DURATION)).toEqual([
    { ...basic, "error.type": "client_disconnected", count: 1 },
    { ...basic, count: 1 },
  ]);
});

it("ends where Deno tells whether the response arrived", async () => {
  const { taskmon, exported } = measuring();
  const { promise: completed, resolve } = Promise.withResolvers<void>();
  const handler = metered(
    serverMeter(taskmon, undefined),
    (_request: Request, _info: object) => new Response(),
  );
  handler(new Request("http://shop.test/"), { completed });
  expect(await exported(DURATION)).toEqual([]);
  resolve();
  await completed;
  handler(new Request("http://shop.test/"), { completed: Promise.reject(new Error("gone")) });
  await expect
    .poll(() => exported(DURATION))
    .toEqual([
      { ...answered, count: 1 },
      { ...basic, "error.type": "client_disconnected", count: 1 },
    ]);
});

it("leaves out a route that is the path that nothing was found at", async () => {
  const { taskmon, exported } = measuring();
  metered(serverMeter(taskmon, undefined), (request: Request) => {
    setHttpRoute(request, new URL(request.url).pathname);
    return new Response("", { status: 404 });
  })(new Request("http://shop.test/made-up?x"));
  expect(await exported(DURATION)).toEqual([
    { ...basic, "http.response.status_code": 404, count: 1 },
  ]);
});

it("has the routes of Hono, by the same middleware as on Node.js", async () => {
  const { taskmon, exported } = measuring();
  const app = new Hono();
  app.use(honoRoute());
  app.get("/users/:id", (context) => context.text("Ada"));
  const handler = metered(serverMeter(taskmon, undefined), (request: Request) =>
    app.fetch(request),
  );
  expect(await (await handler(new Request("http://shop.test/users/7"))).text()).toBe("Ada");
  expect(await exported(DURATION)).toEqual([{ ...answered, "http.route": "/users/:id", count: 1 }]);
});

it("follows the options of servers, and a failing hook costs no request", async () => {
  const { taskmon, exported } = measuring();
  const options = {
    ...{ labels: ["tenant"], metrics: { activeRequests: false } },
    ignore: ({ url }: { url?: string | undefined }) => url === "/livez",
    attributes: ({ headers }: { headers: object }) => ({
      tenant: (headers as { tenant: string }).tenant,
    }),
  };
  const handler = metered(serverMeter(taskmon, options), (_request: Request) => new Response());
  handler(new Request("http://shop.test/livez"));
  handler(new Request("http://shop.test/", { headers: { tenant: "red" } }));
  expect(await exported(DURATION)).toEqual([{ ...answered, tenant: "red", count: 1 }]);
  expect(handler({ method: "GET", url: "no URL" } as Request)).toBeInstanceOf(Response);
  expect(await exported("taskmon.measurements.dropped")).toMatchObject([
    { "taskmon.reason": "failed" },
  ]);
});

it("is the handler itself on Node.js, whose channels tell of its requests, and refuses wrong options there", () => {
  const { taskmon } = measuring();
  const handler = (_request: Request): Response => new Response();
  expect(measuredHandler(taskmon, handler)).toBe(handler);
  const wrong: [() => unknown, string][] = [
    [() => measuredHandler(taskmon, "handler" as never), "handler"],
    [() => measuredHandler({} as never, handler), "taskmon.metrics"],
    [() => measuredHandler(taskmon, handler, { route: " " }), "measuredHandler.route"],
    [() => measuredHandler(taskmon, handler, { maxRoutes: 0 }), "measuredHandler.maxRoutes"],
    [() => measuredHandler(taskmon, handler, { routes: [] } as never), "measuredHandler.routes"],
  ];
  for (const [call, option] of wrong) {
    expect(call).toThrow(expect.objectContaining({ code: "ERR_TASKMON_INVALID_OPTION", option }));
  }
});
