import { readFile } from "node:fs/promises";
import type { Server } from "node:https";
import { createSecureContext } from "node:tls";
import type { Clock } from "../../shared/clock.ts";
import { repeat } from "../../shared/repeat.ts";

/** Keys and certificates in files. */
export interface TlsFiles {
  readonly keyFile: string;
  readonly certFile: string;
}

/** How often the files are looked at. */
const LOOK_MS = 5_000;

/** @throws the error of the file system or of TLS */
export async function readTls({
  keyFile,
  certFile,
}: TlsFiles): Promise<{ key: string; cert: string }> {
  const [key, cert] = await Promise.all([readFile(keyFile, "utf8"), readFile(certFile, "utf8")]);
  // A key that does not belong to the certificate is refused here, and not at the first connection.
  createSecureContext({ key, cert });
  return { key, cert };
}

/**
 * Gives a server new keys and certificates when their files change; while they are wrong the old ones stay.
 * @param onChange called at each change, and once for each error
 * @returns a function that ends it
 */
export function followTls(
  server: Pick<Server, "setSecureContext">,
  files: TlsFiles,
  before: { readonly key: string; readonly cert: string },
  clock: Clock,
  onChange: (error?: unknown) => void,
): () => void {
  let last = before;
  let isWrong = false;
  const look = async (): Promise<number> => {
    try {
      const next = await readTls(files);
      if (next.key === last.key && next.cert === last.cert) return LOOK_MS;
      server.setSecureContext({ ...next, minVersion: "TLSv1.2" });
      last = next;
      isWrong = false;
      onChange();
    } catch (error) {
      if (!isWrong) onChange(error);
      isWrong = true;
    }
    return LOOK_MS;
  };
  const following = repeat(clock, look, LOOK_MS);
  return () => following.stop();
}
