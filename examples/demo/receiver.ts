import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { ReceivedExport } from "./events.ts";
import { readExports } from "./otlp.ts";

/** A running OTLP receiver. */
export interface Receiver {
  readonly url: string;
  close(): Promise<void>;
}

/** Starts an OTLP/HTTP receiver for metrics in JSON on a free port. */
export async function startReceiver(
  onExport: (received: ReceivedExport) => void,
): Promise<Receiver> {
  const server = createServer((request, response) => {
    void readBody(request).then(
      (body) => {
        response.writeHead(200, { "content-type": "application/json" }).end("{}");
        for (const received of readExports(body)) onExport(received);
      },
      // The sender was killed while it sent.
      () => response.destroy(),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
