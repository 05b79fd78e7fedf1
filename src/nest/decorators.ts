import type { HealthCheckFunction, HealthCheckOptions } from "../health/index.ts";
import type { MetricSpec } from "../metrics/spec.ts";
import { InvalidOptionError } from "../shared/errors.ts";
import { textOption } from "../shared/options.ts";
import { loadPeer } from "../shared/peers.ts";
import { NestMissingError } from "./errors.ts";

/** A method that is a health check. */
export interface MarkedCheck {
  readonly name: string;
  readonly method: string | symbol;
  readonly options: HealthCheckOptions;
}

const marks = new WeakMap<object, MarkedCheck[]>();

/**
 * Marks a method of a provider or a controller as a health check. It is registered when its module is, runs
 * on its schedule from then on, and is called with `{ signal, … }` as every check is.
 * @param name the name of the check
 * @param options as `health.register` takes them
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for a name that is blank
 * @example
 * @HealthCheck("db", { groups: ["readiness"] })
 * async ping() { await this.pool.query("SELECT 1"); }
 */
export function HealthCheck(
  name: string,
  options: HealthCheckOptions = {},
): (target: object, method: string | symbol) => void {
  textOption("HealthCheck.name", name);
  return (target, method) => {
    const known = marks.get(target) ?? [];
    marks.set(target, [...known, { name, method, options }]);
  };
}

/** The checks marked on the class of `instance` and on its base classes. */
export function markedChecks(instance: object): MarkedCheck[] {
  const found: MarkedCheck[] = [];
  let prototype: object | null = Object.getPrototypeOf(instance);
  for (; prototype !== null; prototype = Object.getPrototypeOf(prototype)) {
    found.push(...(marks.get(prototype) ?? []));
  }
  return found;
}

/** The function that runs a marked check. */
export function checkOf(instance: object, { method }: MarkedCheck): HealthCheckFunction {
  const methods = instance as Record<string | symbol, HealthCheckFunction>;
  return (...args) => methods[method]!(...args);
}

/**
 * The token of the handle that `TaskmonModule` provides for a spec: for `@Inject(metricToken(spec))`, which
 * is the work of {@link InjectMetric}.
 */
export function metricToken(spec: MetricSpec): string {
  const { service, name } = (spec ?? {}) as Partial<MetricSpec>;
  if (service === undefined || name === undefined) {
    throw new InvalidOptionError("metric", "a spec, as defineCounter() makes one", spec);
  }
  return `taskmon metric ${service.name}/${name}`;
}

/**
 * Injects the handle of a metric, whose spec stands in `metrics` of `TaskmonModule.forRoot` or `forFeature`:
 * into a parameter of a constructor, or a property.
 * @throws NestMissingError `ERR_TASKMON_NEST_MISSING` if `@nestjs/common` cannot be found, for example in a bundle
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for anything but a spec
 * @example
 * constructor(@InjectMetric(orders) private readonly orders: Counter<unknown>) {}
 */
export function InjectMetric(spec: MetricSpec): PropertyDecorator & ParameterDecorator {
  const token = metricToken(spec);
  const peer = loadPeer(["@nestjs/common"])?.module as
    | { Inject(token: string): PropertyDecorator & ParameterDecorator }
    | undefined;
  if (peer === undefined) {
    throw new NestMissingError("@nestjs/common", "write @Inject(metricToken(spec)) instead");
  }
  return peer.Inject(token);
}
