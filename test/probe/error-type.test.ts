import { expect, it } from "vitest";
import { CheckTimeoutError } from "../../src/check/errors.ts";
import { errorTypeOf } from "../../src/probe/error-type.ts";
import { ProbeError } from "../../src/probe/index.ts";

const coded = (code: string): Error => Object.assign(new Error("x"), { code });
const hostile = new Proxy(new Error("x"), {
  get() {
    throw new Error("not today");
  },
});

it.each<[string, unknown, string]>([
  ["a refused connection", coded("ECONNREFUSED"), "connection_refused"],
  ["a reset", coded("ECONNRESET"), "connection_reset"],
  ["a name that is not there", coded("ENOTFOUND"), "dns_not_found"],
  ["a name server without an answer", coded("ETIMEOUT"), "dns_timeout"],
  ["an expired certificate", coded("CERT_HAS_EXPIRED"), "certificate_expired"],
  ["a wrong name", coded("ERR_TLS_CERT_ALTNAME_INVALID"), "certificate_name_mismatch"],
  ["any other trouble with TLS", coded("ERR_SSL_WRONG_VERSION_NUMBER"), "tls_failure"],
  ["an answer that is no HTTP", coded("HPE_INVALID_CONSTANT"), "protocol_error"],
  ["our own timeout", new CheckTimeoutError("c", 1), "timeout"],
  [
    "what fetch wraps",
    new TypeError("fetch failed", { cause: coded("ECONNREFUSED") }),
    "connection_refused",
  ],
  ["several addresses", new AggregateError([coded("EHOSTUNREACH")]), "host_unreachable"],
  ["a type of the probe's own", new ProbeError("queue_full", "x"), "queue_full"],
  ["a type that is a message", new ProbeError("Queue /a/b is full!", "x"), "_OTHER"],
  ["a code of the object prototype", coded("constructor"), "_OTHER"],
  ["nothing", undefined, "_OTHER"],
  ["a text", "ECONNREFUSED", "_OTHER"],
  ["an error that throws when read", hostile, "_OTHER"],
])("knows %s", (_, error, type) => {
  expect(errorTypeOf(error)).toBe(type);
});

it("does not follow causes in a circle", () => {
  const [one, two] = [new Error("1"), new Error("2")];
  one.cause = two;
  two.cause = one;
  expect(errorTypeOf(one)).toBe("_OTHER");
});
