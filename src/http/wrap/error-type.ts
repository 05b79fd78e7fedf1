import { type ClientErrorType, clientErrorType } from "../client/ending.ts";

/** What the errors of Deno 2.9 say, which have no codes, by what they contain. */
const BY_TEXT: readonly (readonly [said: RegExp, type: ClientErrorType])[] = [
  [/connection refused/i, "connection_refused"],
  [/dns error/i, "host_not_found"],
  [/certificate|corrupt message|tls/i, "tls_failed"],
  [/timed out/i, "timeout"],
  [/unreachable/i, "unreachable"],
  [/closed|reset|broken pipe|unexpected eof/i, "server_disconnected"],
  [/invalid|parse/i, "invalid_response"],
];

/** The `error.type` of what `fetch` rejects with on Bun, whose codes are those of Node.js, and on Deno. */
export function webErrorType(error: unknown): ClientErrorType {
  if (!(error instanceof TypeError)) return clientErrorType(error);
  const { code, cause, message } = error as TypeError & { readonly code?: unknown };
  if (typeof code === "string") return clientErrorType(error);
  const said = cause instanceof Error ? cause.message : message;
  return BY_TEXT.find(([text]) => text.test(said))?.[1] ?? "_OTHER";
}
