import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inject } from "vitest";
import type { Program } from "./programs.ts";
import { programPath } from "./test-run.ts";

/** What {@link makeCertificates} needs on the machine. */
export const opensslPrograms: readonly Program[] = [{ name: "openssl", apt: "openssl" }];

/** A certificate and its key, in PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
  /** The paths of both, for programs that read files. */
  readonly certFile: string;
  readonly keyFile: string;
}

/** An authority, and what it vouches for. */
export interface Certificates {
  /** The authority's own certificate. */
  readonly ca: Certificate;
  /** For `localhost`, `127.0.0.1` and `::1`. */
  readonly good: Certificate;
  /** The same, but it expired. */
  readonly expired: Certificate;
  /** For `other.test`. */
  readonly otherName: Certificate;
  /** For the names of `good`, but nobody vouches for it. */
  readonly selfSigned: Certificate;
}

const LOCAL_NAMES = "DNS:localhost,IP:127.0.0.1,IP:::1";

/** Makes certificates in the folder of the test run; they are valid for 100 days, the authority's for 1000. */
export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(inject("testRun").folder, "certificates-"));
  const openssl = (...args: string[]): void => {
    execFileSync(programPath("openssl"), args, {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
  };
  const read = (name: string): Certificate => {
    const certFile = join(folder, `${name}.pem`);
    const keyFile = join(folder, `${name}.key`);
    return {
      cert: readFileSync(certFile, "utf8"),
      key: readFileSync(keyFile, "utf8"),
      certFile,
      keyFile,
    };
  };
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const selfSign = (
    name: string,
    days: number,
    subject: string,
    ...more: string[]
  ): Certificate => {
    const files = ["-keyout", `${name}.key`, "-out", `${name}.pem`];
    openssl("req", "-x509", ...newKey, ...files, "-days", String(days), "-subj", subject, ...more);
    return read(name);
  };
  const issue = (name: string, names: string, days: number): Certificate => {
    const files = ["-keyout", `${name}.key`, "-out", `${name}.csr`];
    openssl("req", "-new", ...newKey, ...files, "-subj", `/O=Taskmon tests/CN=${name}`);
    writeFileSync(join(folder, `${name}.ext`), `subjectAltName=${names}\n`);
    const by = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"];
    const out = ["-out", `${name}.pem`, "-extfile", `${name}.ext`, "-days", String(days)];
    openssl("x509", "-req", "-in", `${name}.csr`, ...by, ...out);
    return read(name);
  };
  const ca = selfSign("ca", 1_000, "/O=Taskmon tests/CN=Test authority");
  return {
    ca,
    good: issue("good", LOCAL_NAMES, 100),
    expired: issue("expired", LOCAL_NAMES, -1),
    otherName: issue("other", "DNS:other.test", 100),
    selfSigned: selfSign("self", 100, "/CN=localhost", "-addext", `subjectAltName=${LOCAL_NAMES}`),
  };
}
