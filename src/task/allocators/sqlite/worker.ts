// The thread that does the database work of `own-thread.ts`: one call after another.
import { parentPort, workerData } from "node:worker_threads";
import { errorToData, type FromThread, type ThreadAnswer, type ToThread } from "./messages.ts";
import { storeName } from "./schema.ts";
import { systemStoreClock } from "./store-clock.ts";
import { Stores } from "./stores.ts";

const { busyTimeoutMs } = workerData as { readonly busyTimeoutMs: number };
const stores = new Stores(busyTimeoutMs, systemStoreClock());

parentPort?.on("message", (message: ToThread) => {
  if (message.kind === "close") {
    stores.close();
    // Ends only this thread. Closing the port does not end it in Deno.
    process.exit();
  } else {
    send(answerTo(message));
  }
});
send({ kind: "ready" });

function send(message: FromThread): void {
  parentPort?.postMessage(message);
}

function answerTo({ id, request }: Extract<ToThread, { kind: "run" }>): ThreadAnswer {
  try {
    return { id, ok: true, answer: stores.run(request) };
  } catch (error) {
    return { id, ok: false, error: errorToData(error, storeName(request.file.path)) };
  }
}
