import { setTimeout as sleep } from "node:timers/promises";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { defineCounter, type Counter, type MetricRegistry } from "taskmon/metrics";
import { setHttpRoute } from "taskmon/http";
import { readJson, RequestError } from "./read-json.ts";

const ordersPlaced = defineCounter({
  service: { id: "0xe49214fa20b35ba8", name: "shop" },
  id: "0xdb722ec1bb1b5766",
  name: "shop.orders.placed",
  help: "Orders placed by customers.",
  unit: "{order}",
  labels: ["currency", "channel"],
});

type Placed = Counter<{ readonly currency: string; readonly channel: string }>;

interface Answer {
  readonly status: number;
  readonly body: object;
}

interface Route {
  readonly method: string;
  /** As people read it, and as the label `http.route` has it. */
  readonly template: string;
  readonly path: RegExp;
  answer(
    request: IncomingMessage,
    match: RegExpExecArray,
    placed: Placed,
  ): Promise<Answer> | Answer;
}

const CURRENCIES: readonly unknown[] = ["EUR", "GBP", "USD"];
const CHANNELS: readonly unknown[] = ["web", "app"];

const routes: readonly Route[] = [
  {
    method: "GET",
    template: "/orders/:id",
    path: /^\/orders\/(\d+)$/,
    answer: (_request, [, id]) => ({ status: 200, body: { id: Number(id), state: "shipped" } }),
  },
  {
    method: "POST",
    template: "/orders",
    path: /^\/orders$/,
    async answer(request, _match, placed) {
      const { currency, channel } = (await readJson(request)) as Record<string, unknown>;
      // Labels come from a short list, never straight from a request.
      if (!CURRENCIES.includes(currency) || !CHANNELS.includes(channel)) {
        throw new RequestError(400, "currency must be EUR, GBP or USD, and channel web or app");
      }
      placed.add(1, { currency: currency as string, channel: channel as string });
      return { status: 201, body: { state: "placed" } };
    },
  },
  {
    method: "GET",
    template: "/invoices/:id",
    path: /^\/invoices\/(\d+)$/,
    async answer(_request, [, id]) {
      await sleep(40 + (Number(id) % 5) * 20);
      return { status: 200, body: { id: Number(id), pages: 2 } };
    },
  },
  {
    method: "GET",
    template: "/broken",
    path: /^\/broken$/,
    answer() {
      throw new Error("This route fails, as some do");
    },
  },
];

/** The shop's request handler, which counts the orders in `metrics`. */
export function shop(metrics: MetricRegistry): RequestListener {
  const placed = metrics.counter(ordersPlaced);
  return (request, response) => {
    void answer(request, placed).then((given) => send(response, given));
  };
}

async function answer(request: IncomingMessage, placed: Placed): Promise<Answer> {
  const [path] = (request.url ?? "").split("?");
  for (const route of routes) {
    const match = request.method === route.method ? route.path.exec(path!) : null;
    if (match === null) continue;
    setHttpRoute(request, route.template);
    try {
      return await route.answer(request, match, placed);
    } catch (error) {
      if (error instanceof RequestError) {
        return { status: error.status, body: { error: error.message } };
      }
      return { status: 500, body: { error: "Internal error" } };
    }
  }
  return { status: 404, body: { error: "Not found" } };
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
