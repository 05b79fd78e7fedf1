import { InvalidOptionError, messageOf, SECRET } from "../../shared/errors.ts";
import { numberOption, optionsObject, textOption } from "../../shared/options.ts";
import { withTimeout } from "../../shared/timeout.ts";
import { TriggerError } from "../errors.ts";
import type { Trigger, TriggerReason } from "../trigger.ts";

/** Options of {@link webhookTrigger}. */
export interface WebhookOptions {
  readonly url: string;
  /** @default "POST" */
  readonly method?: string;
  /** @default only `content-type`, if there is a body */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * The body: a text is sent as it is, anything else as JSON; a function gets the reason.
   * @default the reason as JSON: `{"service":"wiki","slot":"onDown"}`; none with GET and HEAD
   */
  readonly body?: unknown;
  /** The time limit of the answer, in milliseconds. @default 10000 */
  readonly timeoutMs?: number;
}

const KEYS = ["url", "method", "headers", "body", "timeoutMs"] as const;
const TIMEOUT = { min: 1, max: 86_400_000, default: 10_000 };

/**
 * Sends a request over HTTP, which must be answered with a status code of 200 to 299.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function webhookTrigger(options: WebhookOptions): Trigger {
  const given = optionsObject("webhook", options, KEYS);
  const url = urlOption(given.url);
  const method = textOption("webhook.method", given.method ?? "POST", 32).toUpperCase();
  const headers = headersOption(given.headers);
  const timeoutMs = numberOption("webhook.timeoutMs", given.timeoutMs, TIMEOUT);
  const bodyOf = bodyOption(given.body, method);
  return {
    trigger({ signal, clock, reason }) {
      return withTimeout(
        ...([clock, `The request to ${url.host}`, timeoutMs] as const),
        async (inner) => {
          const { text, type } = bodyOf(reason);
          const response = await fetch(url, {
            ...{ method, signal: inner },
            headers: { ...(type !== undefined && { "content-type": type }), ...headers },
            ...(text !== undefined && { body: text }),
          }).catch((error: unknown) => {
            inner.throwIfAborted();
            // fetch's own error says only that it failed; the reason is its cause.
            const { cause = error } = error as { readonly cause?: unknown };
            throw new TriggerError(`${url.host} could not be reached: ${messageOf(cause)}`, {
              cause: error,
            });
          });
          await response.body?.cancel();
          if (response.ok) return;
          throw new TriggerError(`${url.host} answered ${method} with ${response.status}`);
        },
        signal,
      );
    },
  };
}

interface Body {
  readonly text?: string;
  readonly type?: string;
}

function bodyOption(given: unknown, method: string): (reason: TriggerReason) => Body {
  const hasBody = method !== "GET" && method !== "HEAD";
  if (given === undefined) return hasBody ? asBody : () => ({});
  if (!hasBody) throw new InvalidOptionError("webhook.body", `left out with ${method}`, given);
  return typeof given === "function"
    ? (reason) => asBody((given as (reason: TriggerReason) => unknown)(reason))
    : () => asBody(given);
}

function asBody(value: unknown): Body {
  if (typeof value === "string") return { text: value, type: "text/plain; charset=utf-8" };
  return { text: JSON.stringify(value), type: "application/json" };
}

function urlOption(value: unknown): URL {
  const url = typeof value === "string" && URL.canParse(value) ? new URL(value) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url;
  throw new InvalidOptionError("webhook.url", "a URL of http or https", value);
}

function headersOption(value: unknown): Record<string, string> {
  try {
    return Object.fromEntries(new Headers((value ?? {}) as Record<string, string>));
  } catch {
    // Do not show them: they may contain a secret.
    throw new InvalidOptionError("webhook.headers", "an object of header values", SECRET);
  }
}
