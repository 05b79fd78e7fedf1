import type { IncomingMessage } from "node:http";
import { type Answer, type Asked, plainAnswer } from "../serve/answer.ts";
import { nodeHandler } from "../serve/node.ts";
import { listen, type Listening } from "../serve/server.ts";
import type { ServerTls } from "../serve/tls.ts";
import { systemClock } from "../shared/clock.ts";
import { InvalidOptionError } from "../shared/errors.ts";
import { integerOption, keysOf, optionsObject, textOption } from "../shared/options.ts";
import { servePlace } from "../shared/places.ts";
import { createReporter } from "../shared/report.ts";
import { adminUrlOption } from "../task/admin-url.ts";
import type { AdminTaskmon } from "./host.ts";
import { ADMIN_OPTIONS, type AdminOptions } from "./options.ts";
import { adminResponder } from "./respond.ts";
import { RenewedTls } from "./renewed-tls.ts";

/** Options of {@link startAdmin}. */
export interface StartAdminOptions extends AdminOptions {
  /** The Taskmon object that the page shows. */
  readonly taskmon: AdminTaskmon;
  /** The port; 0 picks a free one. @default 0 */
  readonly port?: number;
  /** @default "127.0.0.1" */
  readonly host?: string;
  /**
   * Keys and certificates, or a function that reads them. The function is called when a client connects, at
   * most once in `tlsRefreshMs`, so that renewed certificates need no restart. @default none: plain HTTP
   */
  readonly tls?: ServerTls | (() => ServerTls);
  /** In milliseconds, from 0 to a day. @default 60000 */
  readonly tlsRefreshMs?: number;
  /** More connections are refused. From 1 to 10000. @default 100 */
  readonly maxConnections?: number;
  /**
   * The host names that requests may use, besides addresses and `localhost`. This protects against DNS
   * rebinding. Use `"any"` if a proxy in front checks it. @default the `host`
   */
  readonly hostNames?: readonly string[] | "any";
  /**
   * The address of this page, for the fleet section of other processes, which links to it. An http or https
   * address of at most 1000 characters without a password; true announces `url`. Every allocator that can
   * list its numbers keeps it: all but `kubernetesAllocator` and `staticAllocator`.
   * @default not announced
   */
  readonly adminUrl?: string | true;
}

/** A server of the page. It keeps no process alive. */
export interface AdminServer extends AsyncDisposable {
  /** Where the page is. */
  readonly url: string;
  readonly port: number;
  /** Reads keys and certificates again now. @throws what the reader or TLS throws; the old ones stay */
  renewTls(): void;
  /** Takes no more connections, and cuts off requests that last longer than a second. Never rejects. */
  stop(): Promise<void>;
}

const STOP_TIMEOUT_MS = 1_000;

/**
 * Serves the status page and its API on a port of its own.
 *
 * Rejects with an `InvalidOptionError` (`ERR_TASKMON_INVALID_OPTION`), or with what `listen` reports, such as
 * `EADDRINUSE`.
 */
export async function startAdmin(options: StartAdminOptions): Promise<AdminServer> {
  const given = optionsObject<StartAdminOptions>("admin", options, OPTIONS);
  const { taskmon, port, host, tls, tlsRefreshMs, maxConnections, hostNames, adminUrl, ...page } =
    given;
  if (taskmon === undefined)
    throw new InvalidOptionError("admin.taskmon", "a Taskmon object", taskmon);
  const address = {
    host: textOption("admin.host", host ?? "127.0.0.1"),
    port: integerOption("admin.port", port, { min: 0, max: 65_535, default: 0 }),
  };
  const most = integerOption("admin.maxConnections", maxConnections, {
    min: 1,
    max: 10_000,
    default: 100,
  });
  const refreshMs = integerOption("admin.tlsRefreshMs", tlsRefreshMs, {
    min: 0,
    max: 86_400_000,
    default: 60_000,
  });
  if (adminUrl !== undefined && adminUrl !== true) adminUrlOption("admin.adminUrl", adminUrl);
  const isOurs = hostCheck(hostNames, address.host);
  const { respond, path } = adminResponder(taskmon, page);
  const handler = nodeHandler((asked: Asked<IncomingMessage>) =>
    isOurs(asked) ? respond(asked) : MISDIRECTED,
  );
  const report = createReporter("admin");
  let server: Listening | undefined;
  const renewed =
    tls === undefined ? undefined : new RenewedTls(tls, refreshMs, (fresh) => server?.renew(fresh));
  server = await listen(
    address,
    renewed?.current,
    (request, response) => handler(request, response),
    {
      maxConnections: most,
      beforeConnection: () => renewed?.renewIfDue(),
    },
  );
  const name = address.host.includes(":") ? `[${address.host}]` : address.host;
  const url = `${tls === undefined ? "http" : "https"}://${name}:${server.port}${path}`;
  const forget = [
    servePlace("page", url),
    ...(adminUrl === undefined
      ? []
      : [taskmon.task.announcePage(adminUrl === true ? url : adminUrl)]),
  ];
  const forgetPage = (): void => forget.forEach((each) => each());
  server.onFailure((error) => {
    forgetPage();
    report.errorOnce("server", "The status page has ended", error);
  });
  const clock = page.clock ?? systemClock();
  const stop = async (): Promise<void> => {
    forgetPage();
    await server.close(clock, STOP_TIMEOUT_MS);
  };
  return {
    url,
    port: server.port,
    renewTls: () => renewed?.renew(),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

const OPTIONS = [
  ...ADMIN_OPTIONS,
  ...keysOf<Omit<StartAdminOptions, keyof AdminOptions>>({
    ...{ taskmon: true, port: true, host: true, tls: true, tlsRefreshMs: true },
    ...{ maxConnections: true, hostNames: true, adminUrl: true },
  }),
] as (keyof StartAdminOptions)[];

/** RFC 9110, section 15.5.20. */
const MISDIRECTED: Answer = plainAnswer(421, "this is not the server of that name\n");

/** Whether the request's Host header names this server, so that DNS rebinding does not work. */
function hostCheck(names: StartAdminOptions["hostNames"], host: string): (asked: Asked) => boolean {
  if (names === "any") return () => true;
  if (names !== undefined && !Array.isArray(names)) {
    throw new InvalidOptionError("admin.hostNames", 'a list of names, or "any"', names);
  }
  const known = new Set([...(names ?? []), host, "localhost"].map((name) => name.toLowerCase()));
  return ({ header }) => {
    const asked = `http://${header("host") ?? ""}`;
    if (!URL.canParse(asked)) return false;
    const { hostname } = new URL(asked);
    return known.has(hostname) || /^[\d.]+$|^\[/.test(hostname);
  };
}
