// Does what `@opentelemetry/auto-instrumentations-node/register` (0.82) does, without its instrumentations.
import { NodeSDK } from "@opentelemetry/sdk-node";

const sdk = new NodeSDK();
sdk.start();

async function shutdown() {
  await sdk.shutdown();
}

process.on("SIGTERM", shutdown);
process.once("beforeExit", shutdown);
