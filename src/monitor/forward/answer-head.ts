import type { IncomingMessage } from "node:http";
import { asRecord, hopByHop, pairsOf } from "./fields.ts";
import { isHttp2Response, type OutboundResponse } from "./messages.ts";
import type { ForwardSettings } from "./settings.ts";

/**
 * The header fields of a service's answer that go to the client, as names and values in turn. Undefined if
 * its body has a transfer coding that we cannot undo.
 * @param chunked whether the answer to the client may have chunks, and so trailers
 */
export function answerHeaders(
  answer: IncomingMessage,
  { via }: Pick<ForwardSettings, "via">,
  chunked: boolean,
): string[] | undefined {
  const raw = answer.rawHeaders;
  const staysBehind = hopByHop(raw);
  const headers: string[] = [];
  let isChunked = false;
  for (let at = 0; at < raw.length; at += 2) {
    const key = raw[at]!.toLowerCase();
    if (key === "transfer-encoding") {
      if (raw[at + 1]!.trim().toLowerCase() !== "chunked") return undefined;
      isChunked = true;
    }
  }
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at]!;
    const key = name.toLowerCase();
    // Node.js refuses to announce trailers for a body without chunks.
    if (staysBehind(key) || (key === "trailer" && !(isChunked && chunked))) continue;
    headers.push(name, raw[at + 1]!);
  }
  if (via !== undefined) headers.push("Via", `${answer.httpVersion} ${via}`);
  return headers;
}

/**
 * Begins the answer to the client.
 * @returns false if the service's answer cannot be passed on; nothing is sent then
 */
export function beginAnswer(
  answer: IncomingMessage,
  response: OutboundResponse,
  settings: Pick<ForwardSettings, "via">,
): boolean {
  const http2 = isHttp2Response(response);
  const status = answer.statusCode ?? 0;
  const { method, httpVersionMinor } = response.req;
  const hasBody = method !== "HEAD" && status !== 204 && status !== 304;
  const headers = answerHeaders(answer, settings, hasBody && (http2 || httpVersionMinor >= 1));
  if (headers === undefined) return false;
  try {
    if (http2) response.writeHead(status, asRecord(pairsOf(headers)));
    else response.writeHead(status, answer.statusMessage ?? "", headers);
    return true;
  } catch {
    // For example a status of four digits.
    return false;
  }
}

/** Passes an interim answer on (RFC 9110, section 15.2): 102 Processing and 103 Early Hints. */
export function passInformation(
  { statusCode, rawHeaders }: { readonly statusCode: number; readonly rawHeaders: string[] },
  response: OutboundResponse,
): void {
  if (response.headersSent || response.destroyed) return;
  // RFC 9110, section 15.2: a server sends none to HTTP/1.0.
  if (response.req.httpVersionMajor === 1 && response.req.httpVersionMinor === 0) return;
  if (statusCode === 102 && !isHttp2Response(response)) response.writeProcessing();
  if (statusCode !== 103) return;
  const staysBehind = hopByHop(rawHeaders);
  const fields = asRecord(pairsOf(rawHeaders));
  const hints = Object.entries(fields)
    .filter(([name]) => name !== "link" && !staysBehind(name))
    .map(([name, value]) => [name, value.toString()] as const);
  const links = [fields["link"] ?? []].flat().flatMap((link) => link.split(/,\s*(?=<)/));
  try {
    response.writeEarlyHints({ ...Object.fromEntries(hints), link: links });
  } catch {
    // The hint is malformed and of no use. The answer follows anyway.
  }
}
