import type { Attributes } from "@opentelemetry/api";
import { InvalidOptionError } from "../shared/errors.ts";
import { sdkAggregation } from "./aggregation.ts";
import type { AggregationOption } from "./types.ts";
import {
  type AttributesProcessor,
  type InstrumentationScope,
  type InstrumentDescriptor,
  dropsOf,
  type MatchingView,
  type ViewSource,
} from "./views.ts";

/** A view, as in the option `views` of the SDK's MeterProvider. */
export interface ViewInput {
  /** The instrument's name. `*` matches any text. @default any */
  readonly instrumentName?: string | undefined;
  /** The SDK's `InstrumentType`: `COUNTER` and so on. @default any */
  readonly instrumentType?: string | undefined;
  readonly instrumentUnit?: string | undefined;
  readonly meterName?: string | undefined;
  readonly meterVersion?: string | undefined;
  readonly meterSchemaUrl?: string | undefined;
  /** The stream's name, for a view that selects one instrument. @default the instrument's name */
  readonly name?: string | undefined;
  /** @default the instrument's */
  readonly description?: string | undefined;
  /** Change the attributes, one after the other. @default none */
  readonly attributesProcessors?: readonly AttributesProcessor[] | undefined;
  /** @default that of the instrument's kind */
  readonly aggregation?: AggregationOption | undefined;
  readonly aggregationCardinalityLimit?: number | undefined;
}

const SELECTORS = [
  ...(["instrumentName", "instrumentType", "instrumentUnit"] as const),
  ...(["meterName", "meterVersion", "meterSchemaUrl"] as const),
];

/**
 * Returns a source that finds matching views in a list, as the SDK does.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for views that the SDK would also refuse
 */
export function givenViews(option: string, given: readonly ViewInput[]): ViewSource {
  if (!Array.isArray(given)) {
    throw new InvalidOptionError(option, "a list of views, as a MeterProvider takes them", given);
  }
  const views = given.map((view: ViewInput, index) => compiled(`${option}[${index}]`, view));
  return {
    findViews: (instrument, scope) =>
      views.filter((view) => view.selects(instrument, scope)).map((view) => view.match(instrument)),
  };
}

interface CompiledView {
  selects(instrument: InstrumentDescriptor, scope: InstrumentationScope): boolean;
  match(instrument: InstrumentDescriptor): MatchingView;
}

function compiled(option: string, view: ViewInput): CompiledView {
  check(option, view);
  const { instrumentName = "*", instrumentType, instrumentUnit } = view;
  const name = new RegExp(`^${instrumentName.split("*").map(escaped).join(".*")}$`, "s");
  const processors = view.attributesProcessors ?? [];
  const process = (attributes: Attributes): Attributes =>
    processors.reduce((before, processor) => processor.process(before), attributes);
  return {
    selects: (instrument, scope) =>
      name.test(instrument.name) &&
      isAsAsked(instrumentType, instrument.type) &&
      isAsAsked(instrumentUnit, instrument.unit) &&
      isAsAsked(view.meterName, scope.name) &&
      // As in the SDK, a Meter without a version or schema URL always matches.
      isAsAsked(scope.version && view.meterVersion, scope.version) &&
      isAsAsked(scope.schemaUrl && view.meterSchemaUrl, scope.schemaUrl),
    match: (instrument) => ({
      name: view.name,
      description: view.description,
      aggregation: sdkAggregation(view.aggregation, instrument),
      cardinalityLimit: view.aggregationCardinalityLimit,
      process,
      drops: (attribute) => dropsOf({ process, _processors: processors }, attribute),
    }),
  };
}

/** `RegExp.escape`, which Node.js 22 does not have. */
function escaped(text: string): string {
  return text.replace(/[\\^$.+?()[\]{}|]/g, "\\$&");
}

function isAsAsked(asked: string | undefined, actual: string | undefined): boolean {
  return asked === undefined || asked === actual;
}

function check(option: string, view: ViewInput): void {
  if (typeof view !== "object" || view === null) {
    throw new InvalidOptionError(option, "a view, as a MeterProvider takes it", view);
  }
  for (const selector of SELECTORS) {
    const value = view[selector];
    if (value !== undefined && typeof value !== "string") {
      throw new InvalidOptionError(`${option}.${selector}`, "a text", value);
    }
  }
  if (SELECTORS.every((selector) => view[selector] === undefined)) {
    throw new InvalidOptionError(option, `a view with one of ${SELECTORS.join(", ")}`, view);
  }
  const { name, instrumentName, attributesProcessors = [] } = view;
  if (name !== undefined && (instrumentName === undefined || instrumentName.includes("*"))) {
    const expected = "left out, or set together with an instrumentName without *";
    throw new InvalidOptionError(`${option}.name`, expected, name);
  }
  if (
    !Array.isArray(attributesProcessors) ||
    !attributesProcessors.every((one: AttributesProcessor) => typeof one?.process === "function")
  ) {
    const expected = "a list of processors, each with a method process";
    throw new InvalidOptionError(`${option}.attributesProcessors`, expected, attributesProcessors);
  }
}
