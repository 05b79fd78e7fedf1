import { leasePolicy } from "../../../src/task/policy.ts";
import { Agenda } from "./agenda.ts";
import { type Fault, FAULTS_UNTIL_MS, type Schedule } from "./schedule.ts";
import { ModelStore } from "./store.ts";
import { ModelTask, TRANSIT_MS, type World } from "./task.ts";
import type { Mutation } from "./variants.ts";

const policy = leasePolicy({
  leaseMs: 30_000,
  heartbeatMs: 10_000,
  requestTimeoutMs: 3_000,
  exportTimeoutMs: 5_000,
  graceMs: 6_000,
  quarantineMs: 6_000,
  maxTasks: 64,
});

/** The lease of tasks that run in smaller steps. */
const briefPolicy = leasePolicy({
  leaseMs: 4_000,
  heartbeatMs: 1_200,
  requestTimeoutMs: 1_000,
  exportTimeoutMs: 1_000,
  graceMs: 6_000,
  quarantineMs: 6_000,
  maxTasks: 64,
});

/** The time between two newcomers. */
const NEWCOMER_MS = 2_000;
/**
 * A copy is found out by then: when the last fault is over, and both have asked for their number. Each
 * outage and each rest after a failover can put that off.
 */
const FOUND_OUT_BY_MS = FAULTS_UNTIL_MS + 180_000;

/**
 * Runs one schedule, and says which invariant broke first; undefined where none did.
 *
 * - I1 one owner a number, one number an instance
 * - I2 for each number, exports reach the receiver in the order of their epochs, and those of one epoch
 *   come from one process
 * - I3 a number is given away only when what its last owner sent has arrived; not asked where nobody waits
 *   for the answer any more: in an emptied store a claim that was long on its way blocks the number that
 *   another has meanwhile, and nobody exports under it
 * - I4 the numbers of those that run are dense once the faults are over, I5 below the cap
 * - I7 everybody who runs has a number soon after the faults are over
 *
 * What is granted to newcomers after the store was emptied and before an owner came back may be an
 * owner's: of those numbers I2 and I3 are not asked until their former owners must have noticed.
 */
export function violation(schedule: Schedule, mutation?: Mutation): string | undefined {
  const agenda = new Agenda();
  const onGrant = (num: number, instance: string, isHeeded: boolean): void => {
    if (store.isUnaware) {
      contestedUntil.set(num, agenda.now + 1.1 * policy.holdMs + TRANSIT_MS);
    }
    if (isContested(num) || !isHeeded) return;
    for (const task of tasks) {
      if (task.instance === instance || isSuspect(task)) continue;
      if (task.msSinceLease(num) < TRANSIT_MS) breaks(`I3: number ${num} was given away too early`);
    }
  };
  const store = new ModelStore(agenda, schedule.storeRate, policy, mutation, onGrant);
  const random = generator(schedule.seed);
  const latest = new Map<number, number>();
  const contestedUntil = new Map<number, number>();
  const isContested = (num: number): boolean => agenda.now < (contestedUntil.get(num) ?? 0);
  const exporters = new Map<string, ModelTask>();
  const tasks: ModelTask[] = [];
  const copies = new Set<ModelTask>();
  let broken: string | undefined;
  const breaks = (what: string): void => void (broken ??= `${what} at ${agenda.now} ms`);
  const isBroken = (): boolean => broken !== undefined;

  // Of two copies of one process, each has its number until one is told of the collision: no later
  // than the store answers again, and they run again. Nothing can be promised of them before.
  const isSuspect = (task: ModelTask): boolean => copies.has(task) && agenda.now < FOUND_OUT_BY_MS;

  const world: World = {
    agenda,
    store,
    mutation,
    random,
    isRough: () => agenda.now < FAULTS_UNTIL_MS + 60_000,
    granted(num) {
      if (num >= policy.maxTasks) breaks(`I5: number ${num} was granted`);
    },
    landed(num, epoch, task) {
      if (isSuspect(task)) return;
      const newest = latest.get(num) ?? 0;
      if (epoch < newest && !isContested(num))
        breaks(`I2: epoch ${epoch} of number ${num} landed after ${newest}`);
      latest.set(num, Math.max(newest, epoch));
      const key = `${num}/${epoch}`;
      const exporter = exporters.get(key) ?? task;
      if (exporter !== task) breaks(`I2: two processes exported as ${key}`);
      exporters.set(key, task);
    },
  };
  const begin = (rate: number, startMs: number, own = policy): void => {
    const task = new ModelTask(world, rate, own);
    agenda.after(startMs, () => {
      tasks.push(task);
      task.start();
    });
  };
  const strike = (fault: Fault): void => {
    if (fault.kind === "outage") return store.outage(fault.forMs);
    if (fault.kind === "failover") return store.failover(fault.lostMs);
    if (fault.kind === "emptied") return store.empty();
    if (fault.kind === "set back") return store.setBack(fault.byMs);
    const task = tasks[fault.task % Math.max(1, tasks.length)];
    if (task === undefined || !task.isRunning) return;
    switch (fault.kind) {
      case "pause":
      case "suspend":
        return task.freeze(fault.forMs, fault.kind === "suspend");
      case "cut":
        return task.cut(fault.forMs);
      case "step":
        return task.stepWallClock(fault.byMs);
      case "crash":
        task.crash();
        return begin(task.rate, random() * 10_000, task.policy);
      case "stop":
        task.stop();
        return begin(task.rate, random() * 10_000, task.policy);
      case "off and on":
        return task.offAndOn(fault.lateMs);
      case "clone": {
        const copy = task.clone();
        for (const one of [task, copy]) copies.add(one);
        // Either of the two may be the one that goes on.
        for (const [key, exporter] of exporters) if (exporter === task) exporters.delete(key);
        tasks.push(copy);
        return copy.start();
      }
    }
  };

  for (const { rate, startMs, isBrief = false } of schedule.tasks) {
    begin(rate, startMs, isBrief ? briefPolicy : policy);
  }
  // Newcomers that take every number as soon as it is free, and soon die.
  for (let at = 0; at < FAULTS_UNTIL_MS + 60_000; at += NEWCOMER_MS) {
    agenda.after(at, () => {
      const own = schedule.hasBriefNewcomers ? briefPolicy : policy;
      const newcomer = new ModelTask(world, 1, own);
      newcomer.start();
      agenda.after(2_000 + random() * 12_000, () => newcomer.crash());
    });
  }
  for (const { atMs, fault } of schedule.faults) agenda.after(atMs, () => strike(fault));
  // The longest fault, then time for everything to come right.
  for (let at = 0; at <= FAULTS_UNTIL_MS + 400_000; at += 1_000) {
    agenda.run(at);
    checkOwners(store, breaks);
    if (isBroken()) return broken;
  }
  const isLasting = mutation === "ends that a clock set back makes longer";
  if (mutation === undefined || isLasting) checkRecovery(tasks, store, breaks);
  return broken;
}

function checkOwners(store: ModelStore, breaks: (what: string) => void): void {
  const owners = new Map<string, number>();
  for (let num = 0; num < store.slots.size(); num++) {
    const { instance } = store.slots.at(num)!;
    if (instance === null) continue;
    if (owners.has(instance)) breaks(`I1: ${instance} has ${owners.get(instance)} and ${num}`);
    owners.set(instance, num);
  }
}

function checkRecovery(
  tasks: readonly ModelTask[],
  store: ModelStore,
  breaks: (what: string) => void,
): void {
  const running = tasks.filter((task) => task.isRunning);
  const numbers = running.map((task) => task.lease.grant?.num);
  if (numbers.includes(undefined)) breaks("I7: a task that runs has no number");
  if (new Set(numbers).size !== numbers.length) breaks(`I1: two hold one of ${numbers.join()}`);
  // A number is only made when all others are held or rest: those of a hold's newcomers. A clock that is
  // set back by less than a hold makes holds longer by as much; by more, by a hold at most.
  const holdsMs = store.wasSetBack ? 2 * policy.holdMs : policy.holdMs;
  const most = tasks.length + Math.ceil((holdsMs + 14_000) / NEWCOMER_MS) + 8;
  if (store.slots.size() > most) breaks(`I4: ${store.slots.size()} numbers for ${tasks.length}`);
}

/** A generator of numbers from 0 up to 1 that a seed decides: xorshift, 32 bits. */
function generator(seed: number): () => number {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 0x1_0000_0000;
  };
}
