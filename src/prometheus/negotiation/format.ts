import type { Escaping } from "../../points/translation/escape-name.ts";

/** How an exposition is written. */
export type Syntax = "text" | "openmetrics" | "protobuf";

/** A format of the exposition, as one scraper gets it. */
export interface Format {
  readonly syntax: Syntax;
  readonly version: "0.0.4" | "1.0.0" | "0.0.1" | undefined;
  readonly escaping: Escaping;
  /** The whole `Content-Type`. */
  readonly contentType: string;
}

/** The type of a protobuf exposition with its parameters. */
export const PROTOBUF_TYPE = "application/vnd.google.protobuf";
export const PROTOBUF_MESSAGE = "io.prometheus.client.MetricFamily";
export const OPENMETRICS_TYPE = "application/openmetrics-text";

/** Text that every Prometheus reads. */
export function textFormat(version: "0.0.4" | "1.0.0", escaping: Escaping): Format {
  const type = `text/plain; version=${version}; charset=utf-8`;
  return formatOf("text", version, escaping, type);
}

export function openMetricsFormat(version: "0.0.1" | "1.0.0", escaping: Escaping): Format {
  const type = `${OPENMETRICS_TYPE}; version=${version}; charset=utf-8`;
  return formatOf("openmetrics", version, escaping, type);
}

export function protobufFormat(escaping: Escaping): Format {
  const type = `${PROTOBUF_TYPE}; proto=${PROTOBUF_MESSAGE}; encoding=delimited`;
  return formatOf("protobuf", undefined, escaping, type);
}

function formatOf(
  syntax: Syntax,
  version: Format["version"],
  asked: Escaping,
  type: string,
): Format {
  const isOld = version === "0.0.4" || version === "0.0.1";
  // The old versions have no way to write other names than classic ones.
  const escaping = isOld && asked === "allow-utf-8" ? "underscores" : asked;
  const says = isOld && escaping === "underscores" ? "" : `; escaping=${escaping}`;
  return { syntax, version, escaping, contentType: `${type}${says}` };
}
