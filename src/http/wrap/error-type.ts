import { type ClientErrorType, clientErrorType } from "../client/client-error-type.ts";

/** The error type by message text, for errors of Deno 2.9, which have no codes. */
const BY_TEXT: readonly (readonly [said: RegExp, type: ClientErrorType])[] = [
  [/connection refused/i, "connection_refused"],
  [/dns error/i, "host_not_found"],
  [/certificate|corrupt message|tls/i, "tls_failed"],
  [/timed out/i, "timeout"],
  [/unreachable/i, "unreachable"],
  [/closed|reset|broken pipe|unexpected eof/i, "server_disconnected"],
  [/invalid|parse/i, "invalid_response"],
];

/** Returns the `error.type` for an error of `fetch` on Bun, which has the codes of Node.js, or on Deno. */
export function webErrorType(error: unknown): ClientErrorType {
  if (!(error instanceof TypeError)) return clientErrorType(error);
  const { code, cause, message } = error as TypeError & { readonly code?: unknown };
  if (typeof code === "string") return clientErrorType(error);
  const said = cause instanceof Error ? cause.message : message;
  return BY_TEXT.find(([text]) => text.test(said))?.[1] ?? "_OTHER";
}
