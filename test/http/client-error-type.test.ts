import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clientErrorType, type ClientErrorType } from "../../src/http/client/client-error-type.ts";

const TYPES: readonly ClientErrorType[] = [
  "aborted",
  "connect_timeout",
  "connection_refused",
  "host_not_found",
  "invalid_response",
  "server_disconnected",
  "timeout",
  "tls_failed",
  "unreachable",
  "_OTHER",
];

describe("the error.type of a failed request", () => {
  it("is one of a closed list, whatever was thrown", () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true }), (thrown) => {
        expect(TYPES).toContain(clientErrorType(thrown));
      }),
    );
    fc.assert(
      fc.property(fc.string(), (code) => {
        expect(TYPES).toContain(clientErrorType(Object.assign(new Error("no"), { code })));
      }),
    );
  });

  it.each<[string, ClientErrorType]>([
    ["ECONNREFUSED", "connection_refused"],
    ["ENOTFOUND", "host_not_found"],
    ["EAI_AGAIN", "host_not_found"],
    ["EAI_FAIL", "host_not_found"],
    ["EHOSTUNREACH", "unreachable"],
    ["ENETUNREACH", "unreachable"],
    ["ETIMEDOUT", "timeout"],
    ["ECONNRESET", "server_disconnected"],
    ["EPIPE", "server_disconnected"],
    ["UND_ERR_SOCKET", "server_disconnected"],
    ["HPE_INVALID_CONSTANT", "invalid_response"],
    ["UND_ERR_RES_CONTENT_LENGTH_MISMATCH", "invalid_response"],
    ["CERT_HAS_EXPIRED", "tls_failed"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "tls_failed"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "tls_failed"],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "tls_failed"],
    ["UND_ERR_DESTROYED", "aborted"],
    ["E_UNHEARD_OF", "_OTHER"],
  ])("of the code %s is %s", (code, type) => {
    expect(clientErrorType(Object.assign(new Error("no"), { code }))).toBe(type);
  });

  it("tells a connection that timed out from one that came about", () => {
    const error = Object.assign(new Error("no"), { code: "ETIMEDOUT", syscall: "connect" });
    expect(clientErrorType(error)).toBe("connect_timeout");
  });

  it("is known of what cannot be looked at, and of what is its own cause", () => {
    const hidden = new Proxy(new Error("no"), {
      get() {
        throw new Error("hands off");
      },
    });
    expect(clientErrorType(hidden)).toBe("_OTHER");
    const circular = Object.assign(new Error("no"), { code: "ERR_HTTP2_STREAM_CANCEL" });
    circular.cause = circular;
    expect(clientErrorType(circular)).toBe("aborted");
  });

  it("is that of what befell the session, for a request that waited for it", () => {
    const cause = Object.assign(new Error("no"), { code: "ENOTFOUND" });
    const error = Object.assign(new Error("no", { cause }), { code: "ERR_HTTP2_STREAM_CANCEL" });
    expect(clientErrorType(error)).toBe("host_not_found");
  });
});
