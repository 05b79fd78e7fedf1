import { setTimeout as sleep } from "node:timers/promises";
import type { Happening } from "./events.ts";
import type { Fleet } from "./fleet.ts";
import type { ProcessScene, Scene } from "./scene.ts";

/** What the story is told with. */
export interface Stage {
  readonly fleet: Fleet;
  readonly scene: Scene;
  readonly emit: (happening: Happening) => void;
  /** Aborts when the audience leaves. */
  readonly signal: AbortSignal;
}

/** The process with a status page. It stays until the end, so that people can look. */
const WITH_PAGE = "A";
/** How long people get to look at a picture. */
const LOOK_MS = 2_000;
/** No step takes this long, even on a busy machine. */
const STEP_TIMEOUT_MS = 45_000;

/**
 * Three processes start at the same moment; one is killed, one is stopped; two newcomers take their
 * numbers, one at once and one as soon as nobody can rely on it any more. Rejects when a step does not
 * happen, and when the signal aborts.
 */
export async function tellStory(stage: Stage): Promise<void> {
  const { fleet, emit } = stage;
  emit({ event: "chapter", title: "Three processes start at the same moment" });
  for (const name of ["A", "B", "C"]) fleet.start(name, { page: name === WITH_PAGE });
  await until(stage, "A, B and C to export", () =>
    ["A", "B", "C"].every((name) => exports(stage, name)),
  );
  await look(stage);

  const [victim, leaver] = byNumber(stage).filter((name) => name !== WITH_PAGE);
  emit({ event: "chapter", title: `${victim} is killed, ${leaver} is stopped` });
  await fleet.kill(victim!);
  await fleet.stop(leaver!);

  emit({ event: "chapter", title: "D and E start, while one number is not free yet" });
  for (const name of ["D", "E"]) fleet.start(name);
  await until(stage, "D and E to export", () => exports(stage, "D") && exports(stage, "E"));
  await look(stage);

  await fleet.quieten();
  const names = [...stage.scene.processes.keys()];
  await until(stage, "the receiver to count every request", () =>
    names
      .filter((name) => name !== victim)
      .every((name) => stage.scene.countedOf(name) === fleet.answeredBy(name)),
  );
  emit({
    event: "finished",
    answered: sum(names.map((name) => fleet.answeredBy(name))),
    counted: sum(names.map((name) => stage.scene.countedOf(name))),
  });
}

function exports({ scene }: Stage, name: string): boolean {
  return scene.countedOf(name) > 0;
}

/** The names of the processes, in the order of their numbers. */
function byNumber({ scene }: Stage): string[] {
  return [...scene.processes.values()]
    .toSorted((a, b) => (a.number ?? Infinity) - (b.number ?? Infinity))
    .map((process) => process.name);
}

function look({ signal }: Stage): Promise<void> {
  return sleep(LOOK_MS, undefined, { signal });
}

async function until(stage: Stage, what: string, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + STEP_TIMEOUT_MS;
  while (!condition()) {
    const fallen = [...stage.scene.processes.values()].find(fellByItself);
    if (fallen !== undefined) throw new Error(`${fallen.name} ended by itself`);
    if (performance.now() > deadline) throw new Error(`Waited in vain for ${what}`);
    await sleep(50, undefined, { signal: stage.signal });
  }
}

function fellByItself({ phase, wasSignalled }: ProcessScene): boolean {
  return !wasSignalled && (phase === "killed" || phase === "stopped");
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
