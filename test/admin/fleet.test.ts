import { expect, it, onTestFinished } from "vitest";
import { startAdmin } from "../../src/admin/index.ts";
import { InvalidOptionError, type Taskmon } from "../../src/index.ts";
import type { TaskNumAllocator } from "../../src/task/allocator.ts";
import { memoryAllocator } from "../../src/task/allocators/memory.ts";
import { createTask } from "../../src/task/create-task.ts";
import type { FleetView } from "../../src/admin/views/fleet.ts";
import { numbered, sceneTaskmon } from "./scene.ts";

/** An allocator that lists as it is told. */
function listing(list?: TaskNumAllocator["list"]): TaskNumAllocator {
  const { list: _, ...rest } = memoryAllocator();
  return { ...rest, ...(list && { list }) };
}

async function pageOf(taskmon: Taskmon, adminUrl?: string | true): Promise<string> {
  await numbered(taskmon);
  const admin = await startAdmin({ taskmon, ...(adminUrl !== undefined && { adminUrl }) });
  onTestFinished(() => admin.stop());
  return admin.url;
}

async function fleetAt(url: string): Promise<FleetView> {
  return (await (await fetch(`${url}api/v1/fleet`)).json()) as FleetView;
}

async function textOf(url: string): Promise<string> {
  return (await (await fetch(url)).text()).replaceAll(/\s+/g, " ");
}

it("lists the tasks of the target, and links to the pages of those that say where theirs is", async () => {
  const allocator = memoryAllocator();
  const taskmon = sceneTaskmon({ allocator });
  const url = await pageOf(taskmon, true);
  // A process has one Taskmon of a target; this stands for another process.
  const other = createTask({ target: taskmon.task.target, allocator, instanceId: "other" });
  other.announcePage("https://other.example/admin/");
  other.start();
  onTestFinished(() => other.release());
  await other.settled();

  await expect.poll(async () => (await fleetAt(url)).members[0]?.adminUrl).toBe(url);
  expect(await fleetAt(url)).toMatchObject({
    source: "listed",
    members: [
      { number: 0, state: "held", self: true, adminUrl: url },
      {
        ...{ number: 1, state: "held", self: false, instance: "other" },
        adminUrl: "https://other.example/admin/",
      },
    ],
  });
  const page = await textOf(url);
  expect(page).toContain('<a href="https://other.example/admin/" rel="noreferrer"');
  expect(page).toContain("2 held");
});

it("tells nobody where the page is unless it is asked to, and refuses what is no address", async () => {
  const taskmon = sceneTaskmon();
  const [self] = (await fleetAt(await pageOf(taskmon))).members;
  expect(self).toMatchObject({ number: 0, self: true });
  expect(self).not.toHaveProperty("adminUrl");
  for (const adminUrl of ["javascript:alert(1)", "admin", 7 as never]) {
    await expect(startAdmin({ taskmon, adminUrl })).rejects.toThrow(InvalidOptionError);
  }
});

it("shows this process alone where the allocator cannot list", async () => {
  const url = await pageOf(sceneTaskmon({ allocator: listing() }));
  expect(await fleetAt(url)).toMatchObject({
    source: "alone",
    members: [{ number: 0, state: "held", self: true }],
  });
  expect(await textOf(url)).toContain("The allocator cannot list its numbers");
});

it("says that the store could not be asked, and why, and still shows this process", async () => {
  const allocator = listing(() => Promise.reject(new Error("no route to the store")));
  const url = await pageOf(sceneTaskmon({ allocator }));
  expect(await fleetAt(url)).toMatchObject({
    ...{ source: "failed", error: "no route to the store" },
    members: [{ number: 0, state: "held", self: true }],
  });
  const page = await textOf(url);
  expect(page).toContain("The store could not be asked");
  expect(page).toContain("no route to the store");
});

it("follows no address from the store that is no web page", async () => {
  const allocator = listing(() =>
    Promise.resolve([
      ...[{ target: "t", num: 3, instance: "evil", epoch: 1, until: Date.now() + 60_000 }].map(
        (each) => ({ ...each, adminUrl: "javascript:alert(1)" }),
      ),
    ]),
  );
  const url = await pageOf(sceneTaskmon({ allocator }));
  const { members } = await fleetAt(url);
  expect(members).toMatchObject([{ number: 3, instance: "evil", self: false }]);
  expect(members[0]).not.toHaveProperty("adminUrl");
  expect(await textOf(url)).not.toContain("javascript:");
});
