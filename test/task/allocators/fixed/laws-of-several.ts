import type { SkippedLaw } from "../../../../src/testing/index.ts";

/** What a number whose hold ran out, or that rests, does. */
const ofHolds = [
  "keeps a number for its owner until the hold has run out, and gives it away then",
  "counts the hold anew from each heartbeat",
  "tells a process of a longer hold than its own among those who live",
  "renews an owner whose hold ran out, under the same epoch, if nobody took the number",
  "renews an owner whose hold ran out together with another's whose number was taken",
  "gives numbers whose holds ran out to the next that ask, the lowest first",
  "lets a released number rest for its quarantine, and gives it away then",
  "gives a number again once a hold has run out",
  "gives owners' numbers away when their owners stay away for a hold",
];

/** What several instances get, or another than the one number. */
const ofSeveral = [
  "gives the first instance number 0, the second 1, and so on",
  "gives the lowest number that nobody owns",
  "shows the same numbers to every allocator on the store",
  "numbers 50 instances that ask at once, through two allocators, 0 to 49, each once",
  "gives one instance one number, however many of its heartbeats arrive at once",
  "gives a number that is free to one of those that ask for it at once",
  "releases only the exact grant, and only for its owner",
  "tells a former owner that its number is lost once another has it",
  "gives a process that lost its number another when it asks for one",
  "tells a former owner that its number is lost, also after the next owner released it",
  "answers full when every number below maxTasks is held, and renews the owners",
  "gives a number again once one is free",
  "grants no number at or above maxTasks where another process has a higher limit",
  "tells an owner at or above maxTasks that it is lost, and moves it below",
  "keeps targets of other names, jobs and regions apart",
  "keeps hosts apart where its scope is a host or a process, and together in a fleet",
  "gives owners their old numbers, under larger epochs, in whatever order they come back",
  "gives numbers to owners only, once the first has come back, whatever number that one has",
  "gives numbers to owners only, once the first has come back to find its number taken",
  "waits for the longest hold that an owner tells of, before it gives numbers to others",
  "tells an owner that its number is lost where a newcomer was faster, under a larger epoch",
  "tells an owner at or above maxTasks that its number is lost",
];

/** What a later heartbeat changes: the number is its owner's whatever is said, so nothing is remembered. */
const ofMemory = ["changes nothing when a release arrives after a later heartbeat of its owner"];

/** What operators read. */
const ofLists = [
  "lists the numbers that are held, with their owners and epochs, and those that rest",
  "lists where the owner of a number has its status page, as its latest heartbeat says",
  "lists no status page of a former owner",
];

/** The laws that an allocator of one number that others have chosen does not obey. */
export const lawsOfSeveral: readonly SkippedLaw[] = [
  ...ofHolds.map((law) => ({ law, reason: "no hold is counted where no number is taken back" })),
  ...ofMemory.map((law) => ({ law, reason: "it remembers nothing of its owner" })),
  ...ofLists.map((law) => ({
    law,
    reason: "it knows of no other process, so it cannot list them",
  })),
  ...ofSeveral.map((law) => ({ law, reason: "there is one number, for every instance that asks" })),
];
