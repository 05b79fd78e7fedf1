import { boundedText } from "../../shared/bounded-text.ts";
import { messageOf } from "../../shared/errors.ts";
import { basicAuthorization, userOf, withoutUser } from "../../shared/url-user.ts";

/** The answer of a URL. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** Who answers is not trusted with more than this. */
const MAX_BYTES = 32 * 1024 * 1024;

/**
 * Asks a URL, without following it elsewhere.
 * @throws an Error with a short reason why there is no answer
 */
export async function read(
  url: URL,
  options: { readonly timeoutMs: number; readonly accept: string; readonly signal?: AbortSignal },
): Promise<Answer> {
  const { timeoutMs, accept, signal } = options;
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(withoutUser(url), {
      headers: { accept, ...authorization(url) },
      redirect: "error",
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
    });
    const type = response.headers.get("content-type") ?? "";
    return { status: response.status, type, body: await boundedText(response.body, MAX_BYTES) };
  } catch (error) {
    if (timeout.aborted) throw new Error(`no answer within ${timeoutMs} ms`, { cause: error });
    // The message `fetch failed` is no help; its cause is.
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new Error(codeOf(cause) ?? messageOf(cause), { cause: error });
  }
}

function authorization(url: URL): Record<string, string> {
  const user = userOf(url);
  return user === undefined ? {} : { authorization: basicAuthorization(user) };
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { readonly code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}
