import { InvalidOptionError } from "../../shared/errors.ts";
import { integerOption, keysOf, numberOption, optionsObject } from "../../shared/options.ts";
import { FORWARD_KEYS, type ForwardOptions } from "../forward/settings.ts";
import type { PageView } from "./page-view.ts";

/** How a guard answers and forwards. */
export interface GuardOptions extends ForwardOptions {
  /**
   * How long a request waits for the service to come up before it gets a 503, in milliseconds.
   * @default 0, as in pullcord
   */
  readonly waitMs?: number;
  /** The most requests that wait at the same time; further ones get a 503. @default 1000 */
  readonly maxWaiting?: number;
  /**
   * The page for browsers: a text in which `{{service}}`, `{{status}}`, `{{retryAfterSeconds}}`,
   * `{{message}}` and `{{events}}` are replaced, escaped for HTML; or a function that creates it. @default
   * ours
   */
  readonly page?: string | ((view: PageView) => string);
  /**
   * The `Content-Security-Policy` header for your own page. @default allows only inline styles and images
   */
  readonly pagePolicy?: string;
  /**
   * The path of the event stream that tells the page when the service is up, relative to where the guard is
   * mounted; false for none: then the page reloads after `Retry-After`. @default "/.taskmon/events"
   */
  readonly eventsPath?: string | false;
}

/** Checked {@link GuardOptions}. The forwarder checks its own options. */
export interface GuardSettings {
  readonly waitMs: number;
  readonly maxWaiting: number;
  readonly page: GuardOptions["page"];
  readonly pagePolicy: string;
  readonly eventsPath: string | undefined;
  readonly forward: ForwardOptions;
}

const OWN_KEYS = keysOf<Omit<GuardOptions, keyof ForwardOptions>>({
  ...{ waitMs: true, maxWaiting: true, page: true, pagePolicy: true, eventsPath: true },
});

/** The names of all options. */
export const GUARD_KEYS: readonly (keyof GuardOptions)[] = [...OWN_KEYS, ...FORWARD_KEYS];

const PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` names the option */
export function guardSettings(service: string, options: GuardOptions | undefined): GuardSettings {
  const path = `monitors.${service}.guard`;
  const given = optionsObject(path, options, GUARD_KEYS);
  const { waitMs, maxWaiting, page, pagePolicy, eventsPath, ...forward } = given;
  if (page !== undefined && typeof page !== "string" && typeof page !== "function") {
    throw new InvalidOptionError(`${path}.page`, "a text or a function", page);
  }
  return {
    waitMs: numberOption(`${path}.waitMs`, waitMs, { min: 0, max: 3_600_000, default: 0 }),
    maxWaiting: integerOption(`${path}.maxWaiting`, maxWaiting, {
      ...{ min: 0, max: 1_000_000, default: 1_000 },
    }),
    page,
    pagePolicy: headerOption(`${path}.pagePolicy`, pagePolicy),
    eventsPath:
      eventsPath === false
        ? undefined
        : pathOption(`${path}.eventsPath`, eventsPath ?? "/.taskmon/events"),
    forward,
  };
}

function headerOption(option: string, value: string | undefined): string {
  if (value === undefined) return PAGE_POLICY;
  if (typeof value === "string" && /^[\t\x20-\x7e]*$/.test(value)) return value;
  throw new InvalidOptionError(option, "the value of a header", value);
}

function pathOption(option: string, value: unknown): string {
  if (typeof value === "string" && /^\/[\w.~/-]*$/.test(value)) return value;
  throw new InvalidOptionError(option, "a path of letters, digits, . _ ~ - and /", value);
}
