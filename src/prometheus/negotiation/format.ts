import type { Escaping } from "../../points/translation/escape-name.ts";

/** The syntax of an exposition. */
export type Syntax = "text" | "openmetrics" | "protobuf";

/** The format of the exposition that one scraper gets. */
export interface Format {
  readonly syntax: Syntax;
  readonly version: "0.0.4" | "1.0.0" | "0.0.1" | undefined;
  readonly escaping: Escaping;
  /** The complete `Content-Type`. */
  readonly contentType: string;
}

/** The media type of a protobuf exposition. */
export const PROTOBUF_TYPE = "application/vnd.google.protobuf";
export const PROTOBUF_MESSAGE = "io.prometheus.client.MetricFamily";
export const OPENMETRICS_TYPE = "application/openmetrics-text";

/** The text format, which every version of Prometheus reads. */
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
  // The old versions can only write classic names.
  const escaping = isOld && asked === "allow-utf-8" ? "underscores" : asked;
  const says = isOld && escaping === "underscores" ? "" : `; escaping=${escaping}`;
  return { syntax, version, escaping, contentType: `${type}${says}` };
}
