import { expect, it } from "vitest";
import { type AdminOptions, adminFetch } from "../../src/admin/index.ts";
import { defineCounter } from "../../src/metrics/index.ts";
import type { Clock } from "../../src/shared/clock.ts";
import { systemClock } from "../../src/shared/clock.ts";
import type { TaskNumAllocator } from "../../src/task/allocator.ts";
import { memoryAllocator } from "../../src/task/allocators/memory.ts";
import { manualClock } from "../../src/testing/index.ts";
import { numbered, sceneTaskmon } from "./scene.ts";

/** The machine's clock, which a test can set forward. */
function laterClock(): Clock & { byMs: number } {
  const { after, now, wallTime } = systemClock();
  const clock = {
    ...{ byMs: 0, after },
    now: () => now() + clock.byMs,
    wallTime: () => wallTime() + clock.byMs,
  };
  return clock;
}

interface Update {
  readonly role: string;
  readonly sections: readonly { id: string; tag: string; html: string }[];
}

type Page = (query?: string) => Promise<Update>;

function pageOf(taskmon: Parameters<typeof adminFetch>[0], options: AdminOptions): Page {
  const respond = adminFetch(taskmon, options);
  return async (query = "") => {
    const response = await respond(new Request(`http://localhost/updates?${query}`));
    return (await response!.json()) as Update;
  };
}

const tagsOf = ({ sections }: Update): string => sections.map(({ tag }) => tag).join(".");

it("tells a page nothing anew while nothing changes, however much of the lease has passed", async () => {
  const clock = manualClock();
  const taskmon = sceneTaskmon({ clock, allocator: memoryAllocator({ clock }) });
  await numbered(taskmon);
  const page = pageOf(taskmon, { clock });
  const first = await page("only=overview.readers.health.fleet.settings.events");
  expect(first.sections[0]!.html).toContain("60 of 60 seconds of the lease are left");
  const query = `only=overview.readers.health.fleet.settings.events&have=${tagsOf(first)}`;
  for (let look = 0; look < 3; look++) {
    // The time that is left of a lease is drawn, but it is no news: the page's script goes on with it.
    await clock.advance(2_000);
    expect((await page(query)).sections).toEqual([]);
  }
  // Who opens the page sees what is left now.
  const whole = await adminFetch(taskmon, { clock })(new Request("http://localhost/"));
  expect(await whole!.text()).toContain("54 of 60 seconds of the lease are left");
});

it("tells of those sections only that a page asks for", async () => {
  const page = pageOf(sceneTaskmon(), {});
  expect((await page()).sections).toHaveLength(10);
  expect((await page("only=health.fleet.nonsense")).sections.map(({ id }) => id)).toEqual([
    "health",
    "fleet",
  ]);
  expect((await page("only=")).sections).toEqual([]);
});

it("asks the store once for all who look within ten seconds, and at once when a number comes", async () => {
  const clock = laterClock();
  let lists = 0;
  const right = memoryAllocator();
  const allocator: TaskNumAllocator = {
    ...right,
    list: (...call) => (lists++, right.list!(...call)),
  };
  const taskmon = sceneTaskmon({ allocator });
  const page = pageOf(taskmon, { clock });
  await Promise.all(Array.from({ length: 10 }, () => page("only=fleet")));
  expect(lists).toBe(1);
  clock.byMs += 9_000;
  await page("only=fleet");
  expect(lists).toBe(1);
  await numbered(taskmon);
  expect((await page("only=fleet")).sections[0]!.html).toContain("this process");
  expect(lists).toBe(2);
  clock.byMs += 10_000;
  await page("only=fleet");
  expect(lists).toBe(3);
});

it("gives nobody links that carry what somebody else has searched for", async () => {
  const taskmon = sceneTaskmon();
  for (let check = 0; check < 60; check++) {
    taskmon.health.register(`check ${check}`, () => undefined, {
      ...{ intervalMs: 3_600_000, initialDelayMs: 3_600_000 },
    });
  }
  const page = pageOf(taskmon, {});
  const health = async (query: string): Promise<string> =>
    (await page(`only=health&${query}`)).sections[0]!.html;
  expect(await health("q=salaries")).toContain("q=salaries");
  expect(await health("q=orders")).not.toContain("salaries");
  expect(await health("")).not.toContain("q=");
});

it("tells each role what it may do, though they share what is made", async () => {
  const tokens = [{ token: "operator-token-of-this-test", role: "operator" }] as const;
  const respond = adminFetch(sceneTaskmon(), { tokens });
  const roleOf = async (headers: Record<string, string>): Promise<string> => {
    const request = new Request("http://localhost/updates?only=", { headers });
    return ((await (await respond(request))!.json()) as Update).role;
  };
  expect(await roleOf({})).toBe("reader");
  expect(await roleOf({ authorization: `Bearer ${tokens[0].token}` })).toBe("operator");
  expect(await roleOf({})).toBe("reader");
});

it("shows a value as it is now to who looks after two seconds", async () => {
  const clock = laterClock();
  const taskmon = sceneTaskmon();
  const spec = defineCounter({ service: "shop", name: "shop.sales", help: "Sales." });
  const sales = taskmon.metrics.counter(spec);
  sales.add(3);
  const page = pageOf(taskmon, { clock });
  const query = "only=metrics&q=shop.sales";
  const first = await page(query);
  expect(first.sections[0]!.html).toContain(`>3</b>`);
  sales.add(4);
  clock.byMs += 2_000;
  const { sections } = await page(`${query}&have=${tagsOf(first)}`);
  expect(sections[0]!.html).toContain(`>7</b>`);
});
