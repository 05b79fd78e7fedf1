import type { Attributes } from "@opentelemetry/api";
import { formatId } from "../identity/id.ts";
import type { Identity } from "../identity/identity.ts";
import { InvalidOptionError } from "../shared/errors.ts";
import { booleanOption, choiceOption, optionsObject } from "../shared/options.ts";
import { labelName } from "../points/translation/label-name.ts";
import { labelProblems } from "./rules/label-problems.ts";
import { isHexNaming, type Naming, otelNaming } from "./naming.ts";
import type { MetricSpec } from "./spec.ts";

/** Adds the labels `domain`, `app`, `svc`, `release` and `instance` to every series. */
export interface ConstantLabelOptions {
  /**
   * The value of the label `instance`. `process`: the id of this run of the process, as OysterPack documents
   * it. Each start then creates new series. `task`: target and task number, which stay the same after a
   * restart. `none`: no such label. @default `process`
   */
  readonly instance?: "process" | "task" | "none";
}

/** Your own labels for every series: values by name. */
export type CommonLabels = Readonly<Record<string, string | number | boolean>>;

/** Options for the names and common labels of metrics. */
export interface FormOptions {
  /** Computes the exported names. @default the names of the specs */
  readonly naming?: Naming | undefined;
  /** Whether every series gets the labels of the identity. @default false */
  readonly constantLabels?: boolean | ConstantLabelOptions | undefined;
  /** Your own labels for every series. @default none */
  readonly commonLabels?: CommonLabels | undefined;
}

/** The exported form of a registry's metrics: their names and constant labels. */
export class Form {
  readonly #naming: Naming;
  readonly #common: Attributes | undefined;
  /** Called when the first series is exported, because the instance id may not be known before. */
  readonly #constants: (() => Attributes) | undefined;
  readonly #byService = new Map<bigint, Attributes>();
  /** Whether the label `instance` depends on the task number. Attached readers then add it. */
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

  /** The names of the labels that every series gets. No metric may declare one of them. */
  get constantLabels(): readonly string[] {
    return [
      ...(this.#constants === undefined ? [] : ORIGINAL),
      ...Object.keys(this.#common ?? {}).map(labelName),
    ];
  }

  /** Whether names follow `hexNaming`. Prometheus then uses them unchanged. */
  get isVerbatim(): boolean {
    return isHexNaming(this.#naming);
  }

  nameOf(spec: MetricSpec): string {
    return this.#naming(spec);
  }

  /** Returns the constant labels of the spec's series. Specs of one service get the same object. */
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

  /** Whether the exported metric differs from the spec. */
  changes(spec: MetricSpec): boolean {
    return this.constantsOf(spec) !== undefined || this.nameOf(spec) !== spec.name;
  }
}

/** The names of the identity's labels, as in OysterPack. */
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
    const expected = `legal Prometheus labels that nothing else sets (${problem ?? `${taken} is one of constantLabels`})`;
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
