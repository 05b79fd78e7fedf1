import { once } from "node:events";
import type { IncomingMessage, RequestOptions } from "node:http";
import { InvalidOptionError } from "../../shared/errors.ts";
import { optionsObject, textOption } from "../../shared/options.ts";
import { type DependencyCheck, dependencyCheck } from "./scoped.ts";

/** Options of {@link httpCheck}. */
export interface HttpCheckOptions {
  /** The URL to GET. Redirects are not followed. */
  readonly url: string | URL;
  /** The status codes that pass. @default 200 to 299 */
  readonly expectedStatus?: readonly number[];
  /** A text that the first 64 KiB of the body must contain. @default anything */
  readonly bodyIncludes?: string;
  /** Headers to send, and options of `http.request` such as `ca`. @default none */
  readonly request?: Omit<RequestOptions, "agent" | "signal" | "method"> & { readonly ca?: string };
}

const MAX_BODY_BYTES = 65_536;

/**
 * Checks whether a GET gets the expected answer, on a new connection: a kept one would only test the
 * connection.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function httpCheck(options: HttpCheckOptions): DependencyCheck {
  const given = optionsObject("httpCheck", options, [
    "url",
    "expectedStatus",
    "bodyIncludes",
    "request",
  ]);
  const url = urlOption(given.url);
  const wanted =
    given.bodyIncludes === undefined
      ? undefined
      : textOption("httpCheck.bodyIncludes", given.bodyIncludes);
  const { expectedStatus, request: more = {} } = given;
  return dependencyCheck(async ({ signal }) => {
    // Not a static import: that would load Node's undici and make it the one that the program's fetch uses.
    const { request } =
      url.protocol === "https:"
        ? process.getBuiltinModule("node:https")
        : process.getBuiltinModule("node:http");
    const sent = request(url, { ...more, method: "GET", agent: false, signal });
    sent.end();
    try {
      const [response] = (await once(sent, "response", { signal })) as [IncomingMessage];
      const status = response.statusCode ?? 0;
      const expected = expectedStatus?.includes(status) ?? (status >= 200 && status < 300);
      if (!expected) return { status: "fail", message: `${url.host} answered ${status}` };
      if (wanted !== undefined && !(await startOf(response)).includes(wanted)) {
        return { status: "fail", message: `${url.host} answered without the expected text` };
      }
      return { status: "pass", data: { status } };
    } finally {
      sent.on("error", () => undefined);
      sent.destroy();
    }
  });
}

async function startOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= MAX_BODY_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, MAX_BODY_BYTES).toString();
}

function urlOption(value: unknown): URL {
  const url = URL.parse(String(value));
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new InvalidOptionError("httpCheck.url", "an http or https URL", value);
  }
  return url;
}
