import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import {
  compoundTrigger,
  delayTrigger,
  execTrigger,
  rateLimitTrigger,
  type Trigger,
  wakeOnLanTrigger,
  webhookTrigger,
} from "../../../src/monitor/index.ts";
import {
  triggerLawNames,
  triggerLaws,
  type TriggerLawsOptions,
} from "../../../src/testing/index.ts";

const works: Trigger = { trigger: () => "done" };
const fails: Trigger = { trigger: () => Promise.reject(new Error("it fails")) };
const hangs: Trigger = {
  trigger: ({ signal }) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    }),
};
const rate = { max: 100, periodMs: 1_000 };
const failing = { law: "rejects with an error where it failed", reason: "it only waits" };
const hanging = {
  law: "ends soon after its signal aborts, as a failure",
  reason: "it never hangs",
};

describe("a compound trigger", () => {
  triggerLaws(it, {
    create: () => ({
      trigger: compoundTrigger([works, works]),
      failing: compoundTrigger([works, fails]),
      hanging: compoundTrigger([works, hangs]),
    }),
  });
});

describe("a rate limit", () => {
  triggerLaws(it, {
    create: () => ({
      trigger: rateLimitTrigger(works, rate),
      failing: rateLimitTrigger(fails, rate),
      hanging: rateLimitTrigger(hangs, rate),
    }),
  });
});

describe("a delay", () => {
  triggerLaws(it, {
    create: () => ({ trigger: delayTrigger(works, { delayMs: 60_000 }) }),
    skip: [failing, hanging],
  });
});

describe("an exec trigger", () => {
  triggerLaws(it, {
    create: () => ({
      trigger: execTrigger({ command: "true" }),
      failing: execTrigger({ command: "false" }),
      hanging: execTrigger({ command: "sleep", args: ["600"] }),
    }),
  });
});

describe("a webhook", () => {
  triggerLaws(it, {
    async create() {
      const server = createServer(({ url }, response) => {
        if (url !== "/hangs") response.writeHead(url === "/fails" ? 500 : 204).end();
      }).listen(0, "127.0.0.1");
      await once(server, "listening");
      const to = (path: string): Trigger =>
        webhookTrigger({
          url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
        });
      return {
        ...{ trigger: to("/"), failing: to("/fails"), hanging: to("/hangs") },
        dispose() {
          server.closeAllConnections();
          server.close();
        },
      };
    },
  });
});

describe("a wake-on-LAN trigger", () => {
  triggerLaws(it, {
    create: () => ({
      trigger: wakeOnLanTrigger({ mac: "aabbcc001122", address: "127.0.0.1", port: 50_009 }),
    }),
    skip: [{ ...failing, reason: "nobody says whether a packet arrives" }, hanging],
  });
});

describe("triggerLaws", () => {
  const broken = async (options: TriggerLawsOptions): Promise<string[]> => {
    const found: string[] = [];
    const tests: [string, () => Promise<void>][] = [];
    triggerLaws((name, run) => tests.push([name, run]), { patienceMs: 300, ...options });
    for (const [name, run] of tests) await run().catch(() => found.push(name));
    return found;
  };
  const right = { trigger: works, failing: fails, hanging: hangs };

  it("finds nothing wrong with a right trigger", async () => {
    expect(new Set(triggerLawNames).size).toBe(triggerLawNames.length);
    expect(await broken({ create: () => right })).toEqual([]);
  });

  it.each<[string, Partial<typeof right>, string]>([
    ["answers nonsense", { trigger: { trigger: () => "fired" as never } }, "answers nothing"],
    ["never fails", { failing: works }, "rejects with an error"],
    ["ignores its signal", { hanging: { trigger: () => new Promise(() => {}) } }, "ends soon"],
    [
      "keeps listening",
      { trigger: { trigger: ({ signal }) => signal.addEventListener("abort", () => {}) } },
      "leaves no listener",
    ],
    [
      "keeps a timer",
      { trigger: { trigger: ({ clock }) => void clock.after(100, () => {}) } },
      "leaves neither timer",
    ],
    ["fails", { trigger: fails }, "fires again"],
  ])("finds a trigger that %s", async (_, wrong, law) => {
    const found = await broken({ create: () => ({ ...right, ...wrong }) });
    expect(found).toContainEqual(expect.stringContaining(law));
  });

  it("refuses to skip a law that there is not", () => {
    const skip = [{ law: "is kind", reason: "why not" }];
    expect(() => triggerLaws(() => {}, { create: () => right, skip })).toThrow("is kind");
  });
});
