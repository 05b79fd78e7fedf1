import type { Target } from "../probe/contract.ts";
import { targetOf } from "../probe/target.ts";

/**
 * The default ports of schemes, from IANA's registry of service names: for services that you may want to
 * watch. Targets already know the port of `http`, `https` and similar schemes.
 */
const PORTS: Readonly<Record<string, number>> = {
  ...{ "ftp:": 21, "ssh:": 22, "sftp:": 22, "telnet:": 23, "smtp:": 25, "domain:": 53 },
  ...{ "gopher:": 70, "pop3:": 110, "nntp:": 119, "imap:": 143, "ldap:": 389, "ldaps:": 636 },
  ...{ "ftps:": 990, "imaps:": 993, "pop3s:": 995, "mqtt:": 1883, "nfs:": 2049, "mysql:": 3306 },
  ...{ "rdp:": 3389, "svn:": 3690, "postgres:": 5432, "postgresql:": 5432, "amqps:": 5671 },
  ...{ "amqp:": 5672, "vnc:": 5900, "redis:": 6379, "rediss:": 6379, "git:": 9418 },
  ...{ "mongodb:": 27_017, "mqtts:": 8883, "rtsp:": 554, "ipp:": 631 },
};

/** The target of the probes of a service at `url`, and its port if we know it. */
export function serviceTarget(
  option: string,
  url: URL,
): {
  readonly target: Target;
  readonly port: number | undefined;
} {
  const port = url.port === "" ? PORTS[url.protocol] : undefined;
  const target = targetOf({ url: url.href, ...(port !== undefined && { port }) }, option);
  return { target, port: target.port };
}
