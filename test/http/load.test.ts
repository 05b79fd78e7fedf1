import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { type OtlpPoint, startOtlpReceiver } from "../setup/otlp-receiver.ts";
import { afterTest } from "./harness.ts";

/** How long the load lasts; a minute where the proof is wanted whole. */
const SECONDS = Number(process.env["TASKMON_LOAD_SECONDS"] ?? 4);
const WORKERS = 6;

/** A socket that knows what it received. */
class Client {
  readonly socket: Socket;
  received = "";
  readonly #closed: Promise<void>;

  constructor(port: number) {
    this.socket = connect(port, "127.0.0.1").on("error", () => {});
    this.socket.setEncoding("latin1").on("data", (part: string) => (this.received += part));
    this.#closed = new Promise((resolve) => this.socket.once("close", () => resolve()));
  }

  send(text: string): void {
    this.socket.write(text, "latin1");
  }

  /** Waits until as many of these have come. */
  async has(part: string, times = 1): Promise<void> {
    while (this.received.split(part).length - 1 < times) {
      if (this.socket.closed) throw new Error(`Closed with ${JSON.stringify(this.received)}`);
      await Promise.race([once(this.socket, "data"), this.#closed]);
    }
  }

  /** Closes, and waits for that. */
  async end(how: "destroy" | "resetAndDestroy" = "destroy"): Promise<void> {
    this.socket[how]();
    await this.#closed;
  }

  closed(): Promise<void> {
    return this.#closed;
  }
}

const head = (path: string, method = "GET", ...fields: string[]): string =>
  [`${method} ${path} HTTP/1.1`, "Host: t", ...fields, "", ""].join("\r\n");

/** What a client does, and what that adds to the counts: method, status and error type. */
type Act = (client: Client) => Promise<string[]>;

const acts: Act[] = [
  async (client) => {
    for (let i = 1; i <= 5; i++) {
      client.send(head("/ok"));
      await client.has("fine", i);
    }
    return Array<string>(5).fill("GET 200 -");
  },
  async (client) => {
    client.send(head("/ok") + head("/chunked") + head("/broken") + head("/ok"));
    await client.has("fine", 4);
    return ["GET 200 -", "GET 200 -", "GET 500 500", "GET 200 -"];
  },
  async (client) => {
    client.send(head("/empty") + head("/same") + head("/ok", "HEAD"));
    await client.has("HTTP/1.1 ", 3);
    await client.has("\r\n\r\n", 3);
    return ["GET 204 -", "GET 304 -", "HEAD 200 -"];
  },
  async (client) => {
    client.send(head("/post", "POST", "Transfer-Encoding: chunked"));
    client.send("5\r\nhello\r\n");
    client.send("0\r\n\r\n");
    await client.has("fine");
    return ["POST 200 -"];
  },
  async (client) => {
    client.send(head("/post", "PUT", "Content-Length: 5", "Expect: 100-continue"));
    await client.has("100 Continue");
    await client.end();
    return ["PUT - client_disconnected"];
  },
  async (client) => {
    client.send(head("/begun"));
    await client.has("begun");
    await client.end();
    return ["GET 200 client_disconnected"];
  },
  async (client) => {
    client.send(head("/ok") + head("/begun"));
    await client.has("begun");
    await client.end("resetAndDestroy");
    return ["GET 200 -", "GET 200 client_disconnected"];
  },
  async (client) => {
    client.send(head("/destroy", "DELETE"));
    await client.closed();
    return ["DELETE - server_aborted"];
  },
  async (client) => {
    client.send("ROBOT / HTTP/1.1\r\n\r\n");
    await client.closed();
    return ["_OTHER 400 invalid_request"];
  },
  async (client) => {
    client.send(head("/", "GET", `X: ${"x".repeat(70_000)}`));
    await client.closed();
    return ["_OTHER 431 invalid_request"];
  },
  async (client) => {
    client.send(head("/ok", "PROPFIND") + head("/", "GET", "Connection: upgrade", "Upgrade: foo"));
    await client.has("101 Hello");
    return ["_OTHER 200 -", "GET - -"];
  },
];

it(
  `counts at the receiver what ${SECONDS} seconds of mixed load with faults have sent`,
  { timeout: SECONDS * 1_000 + 60_000 },
  async () => {
    const receiver = await startOtlpReceiver();
    afterTest(() => receiver.stop());
    const program = fileURLToPath(new URL("fixtures/load-server.ts", import.meta.url));
    const flags = ["--conditions=@taskmon/source", "--experimental-strip-types", "--no-warnings"];
    const child = spawn(process.execPath, [...flags, program], {
      env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url },
      stdio: ["pipe", "pipe", "inherit"],
    });
    afterTest(() => child.kill());
    const exited = once(child, "exit");
    const [port] = (await once(createInterface(child.stdout), "line")) as [string];

    const sent = new Map<string, number>();
    const until = performance.now() + SECONDS * 1_000;
    const work = async (): Promise<void> => {
      while (performance.now() < until) {
        const client = new Client(Number(port));
        const act = acts[Math.floor(Math.random() * acts.length)]!;
        for (const key of await act(client)) sent.set(key, (sent.get(key) ?? 0) + 1);
        await client.end();
      }
    };
    await Promise.all(Array.from({ length: WORKERS }, work));
    child.stdin.end();
    expect(await exited).toEqual([0, null]);

    const latest = (name: string): readonly OtlpPoint[] => {
      const metric = receiver.exports
        .flatMap(({ metrics }) => metrics)
        .findLast((candidate) => candidate.name === name);
      return (metric?.histogram ?? metric?.sum)?.dataPoints ?? [];
    };
    const label = (point: OtlpPoint, key: string): string =>
      (point.attributes?.[key] ?? "-") as string;
    const counts = (name: string): object =>
      Object.fromEntries(
        latest(name).map((point): [string, number] => [
          ["http.request.method", "http.response.status_code", "error.type"]
            .map((key) => label(point, key))
            .join(" "),
          Number(point.count),
        ]),
      );
    const expected = Object.fromEntries(sent);
    expect(counts("http.server.request.duration")).toEqual(expected);
    expect(counts("http.server.request.body.size")).toEqual(expected);
    const active = latest("http.server.active_requests");
    expect(active.length).toBeGreaterThan(0);
    for (const point of active) expect(Number(point.asInt ?? point.asDouble)).toBe(0);
    expect([...sent.values()].reduce((all, count) => all + count)).toBeGreaterThan(500);
  },
);
