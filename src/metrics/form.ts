import type { Attributes } from "@opentelemetry/api";
import { formatId } from "../identity/id.ts";
import type { Identity } from "../identity/identity.ts";
import { InvalidOptionError } from "../shared/errors.ts";
import { booleanOption, choiceOption, optionsObject } from "../shared/options.ts";
import { isHexNaming, type Naming, otelNaming } from "./naming.ts";
import type { MetricSpec } from "./spec.ts";

/** Labels that every series gets: `domain`, `app`, `svc`, `release`, `instance`. */
export interface ConstantLabelOptions {
  /**
   * What `instance` says: `process`, this run of the process, as the original documents it, which makes
   * new series at every start; `task`, the target and number, which outlive restarts; `none`, no such
   * label. @default `process`
   */
  readonly instance?: "process" | "task" | "none";
}

/** How metrics are named and labelled. */
export interface FormOptions {
  /** @default the specs' own names */
  readonly naming?: Naming | undefined;
  /** @default false: none */
  readonly constantLabels?: boolean | ConstantLabelOptions | undefined;
}

/** The form in which a registry's metrics reach OpenTelemetry. */
export class Form {
  readonly #naming: Naming;
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

  /** The names of the constant labels; no metric may declare one. */
  get constantLabels(): readonly string[] {
    return this.#constants === undefined ? [] : ["domain", "app", "svc", "release", "instance"];
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
    if (this.#constants === undefined) return undefined;
    const { id } = spec.service;
    let constants = this.#byService.get(id);
    if (constants === undefined) {
      constants = Object.freeze({ ...this.#constants(), svc: formatId(id) });
      this.#byService.set(id, constants);
    }
    return constants;
  }

  /** Whether the spec's metric is exported otherwise than as it stands. */
  changes(spec: MetricSpec): boolean {
    return this.#constants !== undefined || this.nameOf(spec) !== spec.name;
  }
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
