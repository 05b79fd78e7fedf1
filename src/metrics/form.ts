import type { Attributes } from "@opentelemetry/api";
import { formatId } from "../identity/id.ts";
import type { Identity } from "../identity/identity.ts";
import { InvalidOptionError } from "../shared/errors.ts";
import { booleanOption, choiceOption, optionsObject } from "../shared/options.ts";
import { labelName } from "../points/translation/label-name.ts";
import { labelProblems } from "./rules/label-problems.ts";
import { isHexNaming, type Naming, otelNaming } from "./naming.ts";
import type { MetricSpec } from "./spec.ts";

/** Labels that every series gets: `domain`, `app`, `svc`, `release`, `instance`. */
export interface ConstantLabelOptions {
  /**
   * The value of the label `instance`. `process`: this run of the process, as OysterPack documents it, so
   * each start creates new series. `task`: target and number, which survive restarts. `none`: no such
   * label. @default `process`
   */
  readonly instance?: "process" | "task" | "none";
}

/** Labels of one's own for every series: values by name. */
export type CommonLabels = Readonly<Record<string, string | number | boolean>>;

/** How metrics are named and labelled. */
export interface FormOptions {
  /** @default the specs' own names */
  readonly naming?: Naming | undefined;
  /** @default false: none */
  readonly constantLabels?: boolean | ConstantLabelOptions | undefined;
  /** @default none */
  readonly commonLabels?: CommonLabels | undefined;
}

/** The form in which a registry's metrics reach OpenTelemetry. */
export class Form {
  readonly #naming: Naming;
  readonly #common: Attributes | undefined;
  /** Asked for when the first series is exported: the instance's id may not be known before. */
  readonly #constants: (() => Attributes) | undefined;
  readonly #byService = new Map<bigint, Attributes>();
  /** Whether `instance` is to follow the task number: attached readers put it in. */
  readonly instanceFollowsTask: boolean;

  /** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` */
  constructor(options: FormOptions = {}, identity?: Identity) {
    const naming = options.naming ?? otelNaming;
    if (typeof naming !== "function") {
      throw new InvalidOptionError("naming", "a function from a spec to a name", naming);
    }
    this.#naming = naming;
    const instance = instanceOption(options.constantLabels);
    this.#common = commonOption(options.commonLabels, instance !== undefined);
    this.instanceFollowsTask = instance === "task";
    if (instance !== undefined && identity !== undefined) {
      this.#constants = () => ({
        domain: formatId(identity.domain),
        app: formatId(identity.app),
        release: formatId(identity.release),
        ...(instance === "process" && { instance: formatId(identity.instance) }),
      });
    }
  }

  /** The names of the labels that every series gets; no metric may declare one. */
  get constantLabels(): readonly string[] {
    return [
      ...(this.#constants === undefined ? [] : ORIGINAL),
      ...Object.keys(this.#common ?? {}).map(labelName),
    ];
  }

  /** Whether names are the original's, which stand as they are in Prometheus too. */
  get isVerbatim(): boolean {
    return isHexNaming(this.#naming);
  }

  nameOf(spec: MetricSpec): string {
    return this.#naming(spec);
  }

  /** The constant labels of the spec's series; the same object for one service. */
  constantsOf(spec: MetricSpec): Attributes | undefined {
    if (this.#constants === undefined) return this.#common;
    const { id } = spec.service;
    let constants = this.#byService.get(id);
    if (constants === undefined) {
      constants = Object.freeze({ ...this.#common, ...this.#constants(), svc: formatId(id) });
      this.#byService.set(id, constants);
    }
    return constants;
  }

  /** Whether the spec's metric is exported otherwise than as it stands. */
  changes(spec: MetricSpec): boolean {
    return this.constantsOf(spec) !== undefined || this.nameOf(spec) !== spec.name;
  }
}

/** The names of the original's constant labels. */
const ORIGINAL = ["domain", "app", "svc", "release", "instance"] as const;

function commonOption(
  given: CommonLabels | undefined,
  hasOriginal: boolean,
): Attributes | undefined {
  const labels = optionsObject("commonLabels", given, Object.keys(given ?? {}));
  const entries = Object.entries(labels);
  const [problem] = labelProblems(Object.keys(labels));
  const taken = ORIGINAL.find(
    (name) => hasOriginal && entries.some(([key]) => labelName(key) === name),
  );
  if (problem !== undefined || taken !== undefined) {
    const expected = `labels of Prometheus that nothing else sets (${problem ?? `${taken} is one of constantLabels`})`;
    throw new InvalidOptionError("commonLabels", expected, given);
  }
  for (const [key, value] of entries) {
    if (!["string", "number", "boolean"].includes(typeof value) || value === "") {
      throw new InvalidOptionError(`commonLabels.${key}`, "a text, a number or a boolean", value);
    }
  }
  if (entries.length === 0) return undefined;
  return Object.freeze(Object.fromEntries(entries.map(([key, value]) => [key, String(value)])));
}

function instanceOption(
  given: boolean | ConstantLabelOptions | undefined,
): "process" | "task" | "none" | undefined {
  if (given === undefined || typeof given === "boolean") {
    return booleanOption("constantLabels", given, false) ? "process" : undefined;
  }
  const { instance } = optionsObject("constantLabels", given, ["instance"]);
  return choiceOption("constantLabels.instance", instance, ["process", "task", "none"]);
}
