import fastq from "fastq";
import { commandChannel, commandServer, createApp, defineService } from "taskmon/app";
import type { CommandServer } from "taskmon/app";
import type { Group } from "../harness/contender.ts";

/** Commands that are under way together, as callers of a busy service have them. */
const BATCH = 50;

export async function createGroup(): Promise<Group> {
  const done = { channel: 0, server: 0, fastq: 0 };
  const owner = { id: 1n, name: "bench", signal: new AbortController().signal };
  const channel = commandChannel(owner, BATCH);
  const server = await measuredServer();
  const queue = fastq.promise(async (command: () => number) => command(), 1);
  const inBatches = async (count: number, submit: () => Promise<unknown>): Promise<void> => {
    for (let left = count; left > 0; left -= BATCH) {
      await Promise.all(Array.from({ length: Math.min(BATCH, left) }, submit));
    }
  };

  return {
    name: "commands",
    note: "submit and run a command, 50 at a time; the server also measures each, and has a span for it",
    baseline: "fastq",
    contenders: [
      {
        name: "taskmon",
        goals: [{ figure: "ns/op", atMost: 1_000 }],
        counted: async () => done.channel,
        run: (count) =>
          inBatches(count, () => {
            const result = channel.submit(() => (done.channel += 1));
            void channel.runNext();
            return result;
          }),
      },
      {
        name: "taskmon, server",
        counted: async () => done.server,
        run: (count) => inBatches(count, () => server.submit(() => (done.server += 1))),
      },
      {
        name: "fastq",
        counted: async () => done.fastq,
        run: (count) => inBatches(count, () => queue.push(() => (done.fastq += 1))),
      },
    ],
  };
}

async function measuredServer(): Promise<CommandServer> {
  let server!: CommandServer;
  const service = defineService({
    id: 1n,
    name: "bench",
    start(context) {
      server = commandServer(context, { name: "bench", size: BATCH });
    },
    run: () => server.run(),
  });
  await createApp({ services: [service], logger: { emit() {}, enabled: () => false } }).start();
  return server;
}
