import { Agent, get } from "node:http";
import type { Browser } from "playwright-core";

/** Pages that are open. */
export interface OpenPages {
  /** What they have asked for since they were opened. */
  traffic(): { readonly requests: number; readonly bytes: number };
  close(): Promise<void>;
}

const POLL_MS = 2_000;
const QUIET_POLL_MS = 4_000;
const WHOLE_EACH = 5;

/**
 * Opens pages: in a browser, or what their script asks for.
 * @param seen the ids of the sections that are on the screen
 */
export async function openPages(
  url: string,
  count: number,
  browser: Browser | undefined,
  seen: readonly string[],
): Promise<OpenPages> {
  let [requests, bytes] = [0, 0];
  if (browser !== undefined) {
    const context = await browser.newContext();
    context.on("response", (response) => {
      requests += 1;
      bytes += Number(response.headers()["content-length"] ?? 0);
    });
    for (let page = 0; page < count; page++) await (await context.newPage()).goto(url);
    return { traffic: () => ({ requests, bytes }), close: () => context.close() };
  }
  const agents: Agent[] = [];
  let isOpen = true;
  for (let page = 0; page < count; page++) {
    // Browsers keep a connection for each page.
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const tags = new Map<string, string>();
    let [polls, quiet] = [0, 0];
    const poll = async (): Promise<void> => {
      const isWhole = polls++ % WHOLE_EACH === 0;
      const ids = isWhole ? [...tags.keys()] : seen;
      const have = ids.map((id) => tags.get(id)).join(".");
      const only = isWhole ? "" : `&only=${ids.join(".")}`;
      const body = await read(agent, `${url}updates?have=${have}${only}`);
      requests += 1;
      bytes += body.length;
      const { sections } = JSON.parse(body) as { sections: { id: string; tag: string }[] };
      for (const { id, tag } of sections) tags.set(id, tag);
      quiet = sections.length === 0 ? quiet + 1 : 0;
    };
    const pollOn = async (): Promise<void> => {
      if (!isOpen) return;
      await poll().catch(() => undefined);
      if (isOpen) setTimeout(() => void pollOn(), Math.min(QUIET_POLL_MS, POLL_MS + quiet * 500));
    };
    // People open pages at any time.
    setTimeout(() => void pollOn(), (page * POLL_MS) / count);
    agents.push(agent);
  }
  return {
    traffic: () => ({ requests, bytes }),
    async close() {
      isOpen = false;
      for (const agent of agents) agent.destroy();
    },
  };
}

function read(agent: Agent, url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent, headers: { accept: "application/json" } }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => void (body += chunk));
      response.on("end", () => resolve(body));
    }).on("error", reject);
  });
}
