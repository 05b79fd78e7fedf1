import { ESCAPINGS, type Escaping } from "../../points/translation/escape-name.ts";
import { parseAccept, type Wanted } from "./accept.ts";
import {
  type Format,
  OPENMETRICS_TYPE,
  openMetricsFormat,
  PROTOBUF_MESSAGE,
  PROTOBUF_TYPE,
  protobufFormat,
  textFormat,
} from "./format.ts";

/** The format for a scraper that asks for no format, or for none that we support. */
export const DEFAULT_FORMAT: Format = textFormat("0.0.4", "underscores");

/**
 * Returns the format that an `Accept` header asks for, by the rules of Prometheus' own library
 * (`NegotiateAccept` of prometheus/common): the supported format with the highest weight, and the first one
 * if weights are equal. A missing version means 0.0.1 for OpenMetrics and 0.0.4 for text. Wildcards and
 * unreadable headers mean text 0.0.4.
 */
export function negotiate(accept: string | undefined): Format {
  for (const wanted of parseAccept(accept)) {
    const format = formatOf(wanted);
    if (format !== undefined) return format;
  }
  return DEFAULT_FORMAT;
}

function formatOf({ type, parameters }: Wanted): Format | undefined {
  const escaping = escapingOf(parameters.get("escaping"));
  const version = parameters.get("version");
  switch (type) {
    case PROTOBUF_TYPE: {
      const isOurs =
        parameters.get("proto") === PROTOBUF_MESSAGE && parameters.get("encoding") === "delimited";
      return isOurs ? protobufFormat(escaping) : undefined;
    }
    case OPENMETRICS_TYPE:
      if (version === undefined || version === "0.0.1") return openMetricsFormat("0.0.1", escaping);
      return version === "1.0.0" ? openMetricsFormat(version, escaping) : undefined;
    case "text/plain":
      if (version === undefined || version === "0.0.4") return textFormat("0.0.4", escaping);
      return version === "1.0.0" ? textFormat(version, escaping) : undefined;
    default:
      return type === "*/*" || type === "text/*" ? DEFAULT_FORMAT : undefined;
  }
}

/** An unknown scheme means the default one. */
function escapingOf(given: string | undefined): Escaping {
  return ESCAPINGS.find((known) => known === given) ?? "underscores";
}
