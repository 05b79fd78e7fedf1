import type { Target } from "../probe/contract.ts";
import { targetOf } from "../probe/target.ts";

/**
 * The ports that schemes mean, by IANA's registry of service names: those of services that one may want to
 * watch. `http` and its like are known to targets.
 */
const PORTS: Readonly<Record<string, number>> = {
  ...{ "ftp:": 21, "ssh:": 22, "sftp:": 22, "telnet:": 23, "smtp:": 25, "domain:": 53 },
  ...{ "gopher:": 70, "pop3:": 110, "nntp:": 119, "imap:": 143, "ldap:": 389, "ldaps:": 636 },
  ...{ "ftps:": 990, "imaps:": 993, "pop3s:": 995, "mqtt:": 1883, "nfs:": 2049, "mysql:": 3306 },
  ...{ "rdp:": 3389, "svn:": 3690, "postgres:": 5432, "postgresql:": 5432, "amqps:": 5671 },
  ...{ "amqp:": 5672, "vnc:": 5900, "redis:": 6379, "rediss:": 6379, "git:": 9418 },
  ...{ "mongodb:": 27_017, "mqtts:": 8883, "rtsp:": 554, "ipp:": 631 },
};

/** What probes are asked about a service at `url`, and its port where one is known. */
export function serviceTarget(url: URL): {
  readonly target: Target;
  readonly port: number | undefined;
} {
  const port = url.port === "" ? PORTS[url.protocol] : undefined;
  const target = targetOf({ url: url.href, ...(port !== undefined && { port }) }, "url");
  return { target, port: target.port };
}
