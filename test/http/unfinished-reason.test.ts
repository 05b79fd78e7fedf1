import { describe, expect, it } from "vitest";
import { unfinishedReason } from "../../src/http/server/unfinished-reason.ts";

const failed = (code: string): Error => Object.assign(new Error(code), { code });
const live = { errored: null };

describe("why a response was not finished", () => {
  it.each([
    ["ECONNRESET", "client_disconnected"],
    ["EPIPE", "client_disconnected"],
    ["ECONNABORTED", "client_disconnected"],
    ["ETIMEDOUT", "client_disconnected"],
    ["HPE_INVALID_EOF_STATE", "client_disconnected"],
    ["HPE_INVALID_CHUNK_SIZE", "invalid_request"],
    ["ERR_HTTP_REQUEST_TIMEOUT", "request_timeout"],
    ["ECANCELED", "server_aborted"],
    ["ERR_SSL_SSLV3_ALERT_BAD_RECORD_MAC", "_OTHER"],
  ])("a socket that failed with %s: %s", (code, reason) => {
    const socket = { errored: failed(code), readableEnded: false };
    expect(unfinishedReason(socket, live, false)).toBe(reason);
  });

  it("a socket that was destroyed with a plain error: the program", () => {
    const socket = { errored: new Error("enough"), readableEnded: false };
    expect(unfinishedReason(socket, live, false)).toBe("server_aborted");
  });

  it("a socket whose error has a code that is no text: another reason", () => {
    const socket = { errored: Object.assign(new Error(), { code: 42 }), readableEnded: false };
    expect(unfinishedReason(socket, live, false)).toBe("_OTHER");
  });

  it("a response that was destroyed with the reset of another connection: the program", () => {
    const errored = failed("ECONNRESET");
    expect(unfinishedReason({ errored, readableEnded: false }, { errored }, false)).toBe(
      "server_aborted",
    );
  });

  it("a socket that closed without an error after the client's end: the client", () => {
    expect(unfinishedReason({ errored: null, readableEnded: true }, live, false)).toBe(
      "client_disconnected",
    );
  });

  it("the same on a server that goes on after the client's end: the program", () => {
    expect(unfinishedReason({ errored: null, readableEnded: true }, live, true)).toBe(
      "server_aborted",
    );
  });

  it("a socket that closed without an error and without the client's end: the program", () => {
    expect(unfinishedReason({ errored: null, readableEnded: false }, live, false)).toBe(
      "server_aborted",
    );
  });
});
