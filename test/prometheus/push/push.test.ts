import { createServer, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import fc from "fast-check";
import { expect, it, onTestFinished } from "vitest";
import { createTaskmon, memoryAllocator, type Taskmon } from "../../../src/index.ts";
import { defineCounter } from "../../../src/metrics/index.ts";
import { pushMetrics, type PushOptions } from "../../../src/prometheus/index.ts";
import { pushUrl } from "../../../src/prometheus/push/push-url.ts";

interface Pushed {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** A server that keeps what is pushed, and answers with this status. */
async function gateway(status = 200, text = ""): Promise<{ url: string; pushed: Pushed[] }> {
  const pushed: Pushed[] = [];
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      const { method = "", url = "", headers } = request;
      pushed.push({ method, url, headers, body: body.toString() });
      response.writeHead(status).end(text);
    });
  });
  await new Promise<void>((done) => void server.listen(0, "127.0.0.1", done));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  return { url: `http://127.0.0.1:${port}`, pushed };
}

function job(): Taskmon {
  const taskmon = createTaskmon({
    target: { serviceName: "nightly" },
    allocator: memoryAllocator(),
  });
  onTestFinished(() => taskmon.shutdown());
  const spec = defineCounter({ service: "shop", name: "rows.copied", help: "Rows." });
  taskmon.metrics.counter(spec).add(3);
  return taskmon;
}

it("puts the text of all metrics under the job and its grouping", async () => {
  const { url, pushed } = await gateway();
  const taskmon = job();
  const grouping = { instance: "eu/1", run: "a b" };
  for (const mode of ["replace", "add"] as const) {
    expect(await pushMetrics({ url, job: "nightly", grouping, taskmon, mode })).toEqual({
      pushed: true,
      status: 200,
    });
  }
  expect(pushed).toMatchObject([
    { method: "PUT", url: "/metrics/job/nightly/instance@base64/ZXUvMQ/run/a%20b" },
    { method: "POST" },
  ]);
  expect(pushed[0]!.headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(pushed[0]!.body).toMatch(/^rows_copied_total\{.*\} 3$/m);
  expect(pushed[0]!.body).toMatch(/^target_info\{service_name="nightly"/m);
  // Nor is the push itself a request of the job's.
  expect(pushed[1]!.body).not.toContain("http_client_request_duration");
  expect(taskmon.readers.list).toHaveLength(1);
});

it("authenticates by the URL, keeps a path before it, and shows no password", async () => {
  const { url, pushed } = await gateway(400, "bad text");
  const report = await pushMetrics({
    ...{ url: `${url.replace("//", "//me:s%40fe@")}/push/`, job: "n", taskmon: job() },
    headers: { "x-scope": "a" },
  });
  expect(pushed).toMatchObject([
    {
      url: "/push/metrics/job/n",
      headers: { authorization: `Basic ${btoa("me:s@fe")}`, "x-scope": "a" },
    },
  ]);
  expect(report).toMatchObject({ pushed: false, error: { code: "ERR_TASKMON_PUSH" } });
  const { message } = (report as { error: Error }).error;
  expect(message).toBe(`${url}/push/metrics/job/n answers 400: bad text`);
});

it("takes a lone percent sign of a password as it stands", async () => {
  const { url, pushed } = await gateway();
  const to = url.replace("//", "//me:100%@");
  expect(await pushMetrics({ url: to, job: "n", taskmon: job() })).toMatchObject({ pushed: true });
  expect(pushed[0]!.headers.authorization).toBe(`Basic ${btoa("me:100%")}`);
});

it("tells of a gateway that is not there, or does not answer in time, and does not reject", async () => {
  const taskmon = job();
  const gone = createServer();
  await new Promise<void>((done) => void gone.listen(0, "127.0.0.1", done));
  const { port: free } = gone.address() as { port: number };
  await new Promise((done) => gone.close(done));
  const away = { url: `http://127.0.0.1:${free}`, job: "n", taskmon };
  expect(await pushMetrics(away)).toMatchObject({
    error: {
      message: expect.stringContaining("cannot be reached: connect ECONNREFUSED") as string,
    },
  });
  const server = createServer(() => {});
  await new Promise<void>((done) => void server.listen(0, "127.0.0.1", done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as { port: number };
  const silent = { url: `http://127.0.0.1:${port}`, job: "n", taskmon };
  expect(await pushMetrics({ ...silent, timeoutMs: 50 })).toMatchObject({ pushed: false });
  expect(await pushMetrics({ ...silent, signal: AbortSignal.abort() })).toMatchObject({
    pushed: false,
  });
});

it.each<[Partial<PushOptions>, string]>([
  [{ url: "pushgateway:9091" }, "pushMetrics.url"],
  [{ url: undefined as never }, "pushMetrics.url"],
  [{ job: "" }, "pushMetrics.job"],
  [{ grouping: { job: "x" } }, "pushMetrics.grouping"],
  [{ grouping: { "a-b": "x" } }, "pushMetrics.grouping"],
  [{ grouping: { a: 1 as never } }, "pushMetrics.grouping.a"],
  [{ mode: "put" as never }, "pushMetrics.mode"],
  [{ timeoutMs: 0 }, "pushMetrics.timeoutMs"],
  [{ reader: {} as never }, "pushMetrics.reader"],
  [{ reader: undefined as never }, "pushMetrics.taskmon"],
])("refuses %j", (wrong, option) => {
  const right = { url: "http://127.0.0.1:1", job: "n", reader: { text: async () => "" } };
  expect(() => pushMetrics({ ...right, ...wrong })).toThrow(`Option ${option} must be`);
});

it("writes any value so that it can be read back from the path", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (value) => {
      const { pathname } = pushUrl("http://a", "j", { x: value });
      const [, , , , label, written] = pathname.split("/");
      const read =
        label === "x"
          ? decodeURIComponent(written!)
          : Buffer.from(written!, "base64url").toString();
      expect(pathname.split("/")).toHaveLength(6);
      expect(read).toBe(value);
    }),
  );
});
