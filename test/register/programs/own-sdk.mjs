// A program that starts an SDK itself, as those did that have one already, and measures with it.
import { createServer } from "node:http";
import { metrics, trace } from "@opentelemetry/api";
import { NodeSDK } from "@opentelemetry/sdk-node";

new NodeSDK({ serviceName: "own" }).start();
metrics.getMeter("shop").createCounter("shop.orders").add(3);
const { resource } = trace.getTracer("shop").startSpan("order");
await resource?.waitForAsyncAttributes?.();
console.log(`spans of ${resource?.attributes["service.name"]}`);
createServer((_request, response) => response.end("hello")).listen(
  Number(process.env.PORT),
  "127.0.0.1",
);
