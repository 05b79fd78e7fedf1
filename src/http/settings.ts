import type { LabelDeclaration } from "../metrics/index.ts";
import { type LabelDefinition, labelDefinitions } from "../metrics/labels.ts";
import { InvalidOptionError } from "../shared/errors.ts";
import { booleanOption, choiceOption, integerOption, optionsObject } from "../shared/options.ts";
import { clientRequestDuration, serverRequestDuration } from "./metrics.ts";
import type {
  ClientRequestView,
  ClientResponseView,
  DurationsChoice,
  HookLabels,
  HttpBuckets,
  HttpClientMetrics,
  HttpClientOptions,
  HttpServerMetrics,
  HttpServerOptions,
  ServerRequestView,
  ServerResponseView,
  SideOptions,
} from "./options.ts";

/** Checked options of either side. */
export interface SideSettings<Request, Response, Metrics> {
  readonly ignore: ((request: Request) => boolean) | undefined;
  readonly labels: readonly LabelDefinition[];
  readonly attributes:
    | ((request: Request, response: Response) => HookLabels | undefined)
    | undefined;
  readonly durationBuckets: readonly number[] | undefined;
  readonly sizeBuckets: readonly number[] | undefined;
  readonly metrics: Readonly<Required<Metrics>>;
}

/** Checked {@link HttpServerOptions}. */
export interface ServerSettings extends SideSettings<
  ServerRequestView,
  ServerResponseView,
  HttpServerMetrics
> {
  readonly trustForwarded: boolean;
  readonly maxRoutes: number;
}

/** Checked {@link HttpClientOptions}. */
export interface ClientSettings extends SideSettings<
  ClientRequestView,
  ClientResponseView,
  HttpClientMetrics
> {
  readonly maxHosts: number;
  readonly urlScheme: boolean;
}

const SIDE = ["ignore", "labels", "attributes", "buckets", "metrics"] as const;

/** Checks a server's options. Returns undefined if they are `false`. */
export function serverSettings(
  option: string,
  value: HttpServerOptions | false | undefined,
): ServerSettings | undefined {
  if (value === false) return undefined;
  const given = optionsObject<HttpServerOptions>(option, value, [
    ...SIDE,
    "trustForwarded",
    "maxRoutes",
  ]);
  return {
    ...sideSettings(
      option,
      given,
      ["requestDuration", "requestBodySize", "responseBodySize", "activeRequests"],
      serverRequestDuration.labels,
    ),
    trustForwarded: booleanOption(`${option}.trustForwarded`, given.trustForwarded, false),
    maxRoutes: integerOption(`${option}.maxRoutes`, given.maxRoutes, {
      min: 1,
      max: 100_000,
      default: 500,
    }),
  };
}

/** Checks a client's options. Returns undefined if they are `false`. */
export function clientSettings(
  option: string,
  value: HttpClientOptions | false | undefined,
): ClientSettings | undefined {
  if (value === false) return undefined;
  const given = optionsObject<HttpClientOptions>(option, value, [...SIDE, "maxHosts", "urlScheme"]);
  return {
    ...sideSettings(
      option,
      given,
      [
        "requestDuration",
        "requestBodySize",
        "responseBodySize",
        "activeRequests",
        "openConnections",
      ],
      clientRequestDuration.labels,
    ),
    urlScheme: booleanOption(`${option}.urlScheme`, given.urlScheme, false),
    maxHosts: integerOption(`${option}.maxHosts`, given.maxHosts, {
      min: 1,
      max: 100_000,
      default: 200,
    }),
  };
}

/** Checks `durations`. */
export function durationsChoice(option: string, value: unknown): DurationsChoice {
  return choiceOption(option, value, ["auto", "always", "never"]);
}

function sideSettings<Request, Response, Metrics extends object>(
  option: string,
  given: Partial<SideOptions<Request, Response>> & { readonly metrics?: Metrics },
  names: readonly (keyof Metrics & string)[],
  taken: readonly LabelDefinition[],
): SideSettings<Request, Response, Metrics> {
  const buckets = optionsObject<HttpBuckets>(`${option}.buckets`, given.buckets, [
    "durationS",
    "sizeBytes",
  ]);
  const metrics = optionsObject<Metrics>(`${option}.metrics`, given.metrics, names);
  const on = names.map((name) => [
    name,
    booleanOption(`${option}.metrics.${name}`, metrics[name], true),
  ]);
  const attributes = hook(`${option}.attributes`, given.attributes);
  const labels = labelsOption(`${option}.labels`, given.labels, taken);
  if (labels.length > 0 && attributes === undefined) {
    throw new InvalidOptionError(
      `${option}.attributes`,
      "a function, because labels are declared",
      undefined,
    );
  }
  return {
    ignore: hook(`${option}.ignore`, given.ignore),
    labels,
    attributes,
    durationBuckets: bounds(`${option}.buckets.durationS`, buckets.durationS),
    sizeBuckets: bounds(`${option}.buckets.sizeBytes`, buckets.sizeBytes),
    metrics: Object.fromEntries(on),
  };
}

function hook<F>(option: string, value: F | undefined): F | undefined {
  if (value !== undefined && typeof value !== "function") {
    throw new InvalidOptionError(option, "a function", value);
  }
  return value;
}

/** Returns the declared labels as a list. All of them are optional. */
function labelsOption(
  option: string,
  value: LabelDeclaration | undefined,
  taken: readonly LabelDefinition[],
): LabelDefinition[] {
  const names = new Set(taken.map(({ key }) => key));
  if (value === undefined) return [];
  if (typeof value !== "object" || value === null) {
    throw new InvalidOptionError(option, "a list of names, or names with types", value);
  }
  return labelDefinitions(value).map((label) => {
    const { key, type } = label;
    if (typeof key !== "string" || key.trim() === "" || key === "__proto__") {
      throw new InvalidOptionError(option, "names that are not blank", key);
    }
    if (names.has(key)) throw new InvalidOptionError(option, "names that are not taken", key);
    names.add(key);
    if (type !== "string" && type !== "int" && type !== "boolean") {
      throw new InvalidOptionError(`${option}.${key}`, "string, int or boolean", type);
    }
    return { key, type, optional: true };
  });
}

function bounds(
  option: string,
  value: readonly number[] | undefined,
): readonly number[] | undefined {
  if (value === undefined) return undefined;
  const increasing =
    Array.isArray(value) &&
    value.length > 0 &&
    value.every(
      (bound, index) => Number.isFinite(bound) && (index === 0 || bound > value[index - 1]!),
    );
  if (!increasing)
    throw new InvalidOptionError(option, "finite numbers, each above the last", value);
  return [...value];
}
