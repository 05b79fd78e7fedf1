import type { IncomingMessage, ServerResponse } from "node:http";
import { acceptsEncoding } from "../../serve/accept.ts";
import { METHOD_NOT_ALLOWED } from "../../serve/answer.ts";
import { sendAnswer } from "../../serve/node.ts";
import type { Body } from "./body.ts";
import { isShort, scrapeHeaders, troubleAnswer } from "./headers.ts";
import type { Answering } from "./answering.ts";

/** Answers a request of `node:http` with an exposition. Never throws, never rejects. */
export async function answerNode(
  { bodies, clock, timeoutMs, report }: Answering,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // The client disconnected.
  response.on("error", () => {});
  if (request.method !== "GET" && request.method !== "HEAD") {
    sendAnswer(response, METHOD_NOT_ALLOWED);
    return;
  }
  const { format, headers } = scrapeHeaders(request.headers.accept);
  if (request.method === "HEAD") {
    response.writeHead(200, headers).end();
    return;
  }
  const cancel = clock.after(timeoutMs, () => {
    report.warnOnce("timeout", `A scrape was not answered within ${timeoutMs} ms`);
    if (response.headersSent) response.destroy();
    else sendAnswer(response, troubleAnswer(503, "The metrics could not be collected in time"));
  });
  response.once("close", cancel);
  try {
    const body = await bodies.get(format);
    const release = body.hold();
    // After "finish" the operating system has every byte.
    response.once("finish", () => release(true));
    response.once("close", () => release(response.writableFinished));
    if (response.destroyed || response.headersSent) release(true);
    else await send(response, body, headers, acceptsGzip(request));
  } catch (error) {
    report.warnOnce("scrape", "A scrape could not be answered", error);
    sendAnswer(response, troubleAnswer(503, "The metrics could not be collected"));
  }
}

async function send(
  response: ServerResponse,
  body: Body,
  headers: Readonly<Record<string, string>>,
  compressed: boolean,
): Promise<void> {
  if (!compressed || isShort(body.length)) {
    response.writeHead(200, { ...headers, "content-length": body.length });
    for (const chunk of body.chunks) response.write(chunk);
    response.end();
    return;
  }
  const gzipped = await body.gzipped();
  if (response.destroyed || response.headersSent) return;
  response
    .writeHead(200, { ...headers, "content-encoding": "gzip", "content-length": gzipped.length })
    .end(gzipped);
}

function acceptsGzip(request: IncomingMessage): boolean {
  return acceptsEncoding(request.headers["accept-encoding"]?.toString(), "gzip");
}
