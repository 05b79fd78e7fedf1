// A program with a thread, in which Taskmon is to do nothing.
import { Worker } from "node:worker_threads";

const worker = new Worker(
  `console.log("registered in the thread:",
     globalThis[Symbol.for("taskmon.register")] !== undefined)`,
  { eval: true },
);
worker.on("exit", (code) => (process.exitCode = code));
