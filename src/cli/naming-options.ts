import { NAMINGS, type NamingOptions } from "../boards/index.ts";
import { choiceOf, textOf } from "./choice.ts";
import type { CommandCall, CommandOption } from "./command.ts";

/** The options for the names of metrics in queries. */
export const namingOptions: Readonly<Record<string, CommandOption>> = {
  naming: {
    value: "WHO",
    help: "Who names the metrics: taskmon (the default), exporter (OpenTelemetry's), collector (OTLP)",
  },
  hex: { value: "PREFIX", help: "The metrics use hexNaming with this prefix" },
};

/** The values of the options. */
export function namingOf(call: CommandCall): NamingOptions {
  return { naming: choiceOf(call, "naming", NAMINGS), hexPrefix: textOf(call, "hex") };
}
