import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";

/** A running receiver. */
export interface StreamCounter {
  readonly url: string;
  /** How many different streams of the metric have come so far. */
  streams(): number;
  close(): Promise<void>;
}

interface Attribute {
  readonly key: string;
  readonly value: unknown;
}

interface Received {
  readonly resourceMetrics: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeMetrics: readonly {
      readonly metrics: readonly {
        readonly name: string;
        readonly sum?: { readonly dataPoints: readonly { readonly attributes: Attribute[] }[] };
      }[];
    }[];
  }[];
}

/**
 * Receives OTLP over HTTP as JSON, and counts the streams of one counter as the data model tells them
 * apart: by the resource's attributes and the point's.
 */
export async function startStreamCounter(metric: string): Promise<StreamCounter> {
  const streams = new Set<string>();
  const server = createServer((request, response) => {
    void read(request).then(({ resourceMetrics }) => {
      for (const { resource, scopeMetrics } of resourceMetrics) {
        for (const { name, sum } of scopeMetrics.flatMap(({ metrics }) => metrics)) {
          if (name !== metric) continue;
          for (const { attributes } of sum?.dataPoints ?? []) {
            streams.add(JSON.stringify([sorted(resource.attributes), sorted(attributes)]));
          }
        }
      }
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    streams: () => streams.size,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function read(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const text = request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
  return JSON.parse(text.toString("utf8")) as Received;
}

function sorted(attributes: readonly Attribute[]): readonly Attribute[] {
  return attributes.toSorted((a, b) => (a.key < b.key ? -1 : 1));
}
