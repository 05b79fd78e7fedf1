import type { ClientHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import type { TlsDetails } from "../../net/certificate.ts";
import { closeNow } from "../../net/connect.ts";
import { ProbeError } from "../../errors.ts";
import { unmeasured } from "../../../shared/unmeasured.ts";
import { basicAuthorization, userOf } from "../../../shared/url-user.ts";
import type { Attempt } from "../attempt.ts";
import { dial } from "../dial.ts";
import { upgrade } from "../upgrade.ts";
import type { HttpDetails } from "./details.ts";
import { bareHost, portOf } from "./request.ts";
import type { HttpSettings } from "./settings.ts";

/** An open connection for requests. */
export interface Link {
  /** The TLS socket, or the TCP socket without TLS. */
  readonly socket: Socket;
  readonly session: ClientHttp2Session | undefined;
  readonly address: string;
  readonly family: 4 | 6;
  readonly tls: TlsDetails | undefined;
  /** Whether an earlier request used it. */
  reused: boolean;
  /** Ends it with a reset. Idempotent. */
  readonly close: () => void;
}

/** Opens a connection to the origin of a URL, through the proxy if there is one. */
export async function openLink(
  run: Attempt<HttpDetails>,
  url: URL,
  address: string | undefined,
  settings: HttpSettings,
): Promise<Link> {
  const { proxy, http2: version, tls } = settings;
  const isSecure = url.protocol === "https:";
  const via = proxy ?? url;
  forgetTls(run);
  const endpoint = {
    ...settings,
    host: bareHost(via),
    port: portOf(via),
    address: proxy === undefined ? address : undefined,
  };
  const { socket, ...resolved } = await dial(run, endpoint);
  const closers = [() => closeNow(socket)];
  const close = (): void => closers.toReversed().forEach((closer) => closer());
  run.defer(close);
  if (proxy !== undefined && isSecure) await passProxy(run, socket, url, proxy);

  const alpn = { never: undefined, offered: ["h2", "http/1.1"], only: ["h2"] }[version];
  const top = isSecure
    ? await upgrade(run, socket, bareHost(url), {
        ...tls,
        ...(alpn !== undefined && { alpn }),
      })
    : socket;
  const { tls: found } = run.details;
  const isHttp2 = isSecure ? found?.alpn === "h2" : version === "only";
  if (version === "only" && !isHttp2) {
    throw new ProbeError("protocol_error", `${url.host} does not offer HTTP/2`);
  }
  const session = isHttp2 ? startSession(url, top, settings) : undefined;
  if (session !== undefined) closers.push(() => session.destroy());
  return { ...resolved, socket: top, session, tls: found, reused: false, close };
}

/** Removes the TLS details of the previous connection. */
function forgetTls(run: Attempt<HttpDetails>): void {
  delete run.details.tls;
  run.certificate = undefined;
}

function startSession(url: URL, socket: Socket, settings: HttpSettings): ClientHttp2Session {
  const { connect } = process.getBuiltinModule("node:http2");
  const start = (): ClientHttp2Session =>
    connect(url.origin, { createConnection: () => socket, settings: { enablePush: false } });
  const session = settings.clientMetrics ? start() : unmeasured(start);
  // Each request gets the error itself.
  session.on("error", () => undefined);
  return session;
}

/** Asks the proxy for a tunnel to the origin, over the same socket. */
async function passProxy(
  run: Attempt<HttpDetails>,
  socket: Socket,
  url: URL,
  proxy: URL,
): Promise<void> {
  const { request } = process.getBuiltinModule("node:http");
  const to = `${url.hostname}:${portOf(url)}`;
  const headers = { host: to, ...proxyHeaders(proxy) };
  run.phases.begin("connect");
  const statusCode = await new Promise<number>((resolve, reject) => {
    const sent = unmeasured(() =>
      request({ method: "CONNECT", path: to, headers, createConnection: () => socket }),
    );
    sent.once("connect", (response) => resolve(response.statusCode ?? 0));
    sent.once("response", (response) => resolve(response.statusCode ?? 0));
    sent.on("error", reject);
    sent.end();
  });
  if (statusCode < 200 || statusCode > 299) {
    throw new ProbeError("unexpected_answer", `The proxy answered ${statusCode} to CONNECT ${to}`);
  }
  run.phases.end();
}

/** The headers for the proxy. */
export function proxyHeaders(proxy: URL): Record<string, string> {
  const user = userOf(proxy);
  return user === undefined ? {} : { "proxy-authorization": basicAuthorization(user) };
}
