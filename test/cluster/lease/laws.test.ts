import { MessageChannel } from "node:worker_threads";
import { describe, test } from "vitest";
import { type LeaseShare, parentLease, shareLease } from "../../../src/cluster/index.ts";
import type { TaskNumAllocator } from "../../../src/task/allocator.ts";
import { allocatorLaws, manualClock } from "../../../src/testing/index.ts";
import { lender } from "../harness.ts";

const NUM = 7;

/**
 * The places under a shared number are given by the rules of task numbers. So here each place stands
 * for a number, and the number that all share is checked and taken away.
 */
describe("the laws of allocators, for the places under a shared number", () => {
  const clock = manualClock();

  const placesOf = (inner: () => TaskNumAllocator): TaskNumAllocator => ({
    name: "places",
    scope: "fleet",
    async notifyTaskIsAlive(target, instance, { held, ...heartbeat }, options) {
      const claimed = held && { num: NUM, epoch: held.epoch, worker: held.num };
      const answer = await inner().notifyTaskIsAlive(
        target,
        instance,
        { ...heartbeat, ...(claimed && { held: claimed }) },
        options,
      );
      if (answer.kind !== "granted") return answer;
      if (answer.num !== NUM) throw new Error(`The number is ${answer.num}`);
      const { worker, ...grant } = answer;
      return { ...grant, num: worker! };
    },
    release: (target, instance, { num, ...release }, options) =>
      inner().release(target, instance, { ...release, num: NUM, worker: num }, options),
  });

  allocatorLaws(test, {
    create() {
      const ends: (() => unknown)[] = [];
      let share = start();
      function start(): LeaseShare {
        const task = lender({ number: NUM, epoch: 3, scope: "fleet" });
        return shareLease(task, { followAll: false, clock });
      }
      const connect = (): TaskNumAllocator => {
        const { port1, port2 } = new MessageChannel();
        ends.push(() => port2.close());
        share.add(port1);
        const allocator = parentLease({ port: port2 });
        // As a task does, which keeps the line open between its heartbeats.
        allocator.onChange!(() => undefined);
        return allocator;
      };
      let own = connect();
      let other: TaskNumAllocator | undefined;
      return {
        allocator: placesOf(() => own),
        another: () => {
          other = connect();
          return placesOf(() => other!);
        },
        // The parent begins to share anew, and knows of nobody.
        forget() {
          share = start();
          own = connect();
          if (other !== undefined) other = connect();
        },
        dispose: () => {
          for (const end of ends) end();
        },
      };
    },
    advance: (ms) => clock.advance(ms),
    skip: [
      ...[
        "answers full when every number below maxTasks is held, and renews the owners",
        "gives a number again once one is free",
        "gives a number again once a hold has run out",
        "grants no number at or above maxTasks where another process has a higher limit",
        "tells an owner at or above maxTasks that it is lost, and moves it below",
        "tells an owner at or above maxTasks that its number is lost",
      ].map((law) => ({
        law,
        reason: "maxTasks bounds the shared number, not the places under it",
      })),
      ...[
        "lists the numbers that are held, with their owners and epochs, and those that rest",
        "lists where the owner of a number has its status page, as its latest heartbeat says",
        "lists no status page of a former owner",
      ].map((law) => ({ law, reason: "the places under a number are in no list" })),
      {
        law: "keeps targets of other names, jobs and regions apart",
        reason: "the number is one target's; workers of others are refused",
      },
    ],
  });
});
