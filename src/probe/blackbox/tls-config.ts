import { readFileSync } from "node:fs";
import type { SecureVersion } from "node:tls";
import { messageOf } from "../../shared/errors.ts";
import type { ProbeTlsOptions } from "../net/secure.ts";
import type { Fields } from "./fields.ts";

const VERSIONS: Readonly<Record<string, SecureVersion>> = {
  ...{ TLS10: "TLSv1", TLS11: "TLSv1.1", TLS12: "TLSv1.2", TLS13: "TLSv1.3" },
};

/** Reads a `tls_config`. Its files are read once, now. */
export function tlsConfig(fields: Fields): ProbeTlsOptions {
  const file = (key: string): Buffer | undefined => readSecret(fields, key);
  const ca = file("ca_file");
  const cert = file("cert_file");
  const key = file("key_file");
  const serverName = fields.text("server_name");
  const version = (name: string): SecureVersion | undefined => {
    const choice = fields.choice(name, Object.keys(VERSIONS));
    return choice === undefined ? undefined : VERSIONS[choice];
  };
  const minVersion = version("min_version");
  const maxVersion = version("max_version");
  const verify = !fields.flag("insecure_skip_verify", false);
  fields.end();
  return {
    verify,
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(serverName !== undefined && { serverName }),
    ...(minVersion !== undefined && { minVersion }),
    ...(maxVersion !== undefined && { maxVersion }),
  };
}

/** The content of the file that a key names. */
export function readSecret(fields: Fields, key: string): Buffer | undefined {
  const path = fields.text(key);
  if (path === undefined) return undefined;
  try {
    return readFileSync(path);
  } catch (error) {
    fields.complain(key, `cannot be read: ${messageOf(error)}`);
    return undefined;
  }
}
