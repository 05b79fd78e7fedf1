import { formatId, type IdInput, parseId } from "../../identity/id.ts";
import { serviceAlreadyRegistered, serviceNotRegistered } from "../errors/catalogue.ts";
import type { LifeState } from "./lifecycle.ts";
import type { Service } from "./service.ts";
import type { ServiceSpec } from "./service-spec.ts";

/** A service: its id, its spec, or itself. */
export type ServiceRef = IdInput | Pick<ServiceSpec, "id">;

/** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for what is no id */
export function serviceIdOf(service: ServiceRef): bigint {
  return typeof service === "object" ? service.id : parseId("service", service);
}

/** The registered services, in the order of their registration. */
export class ServiceList {
  readonly #byId = new Map<bigint, Service>();

  get ids(): readonly bigint[] {
    return [...this.#byId.keys()];
  }

  get all(): readonly Service[] {
    return [...this.#byId.values()];
  }

  get(service: ServiceRef): Service | undefined {
    return this.#byId.get(serviceIdOf(service));
  }

  /** @throws AppError of the kind `ServiceNotRegistered` */
  require(service: ServiceRef): Service {
    const found = this.get(service);
    if (found === undefined) throw serviceNotRegistered(serviceIdOf(service));
    return found;
  }

  /** The name of a service; its id if it is not registered. */
  nameOf(id: bigint): string {
    return this.#byId.get(id)?.name ?? `0x${formatId(id)}`;
  }

  /**
   * Makes room for a service: a dead one with its id or name goes.
   * @throws AppError of the kind `ServiceAlreadyRegistered`
   */
  makeRoom({ id, name }: ServiceSpec): void {
    const known = this.all.filter((one) => one.id === id || one.name === name);
    if (known.some(({ state }) => state !== "dead")) throw serviceAlreadyRegistered(id, name);
    for (const one of known) this.delete(one);
  }

  add(service: Service): void {
    this.#byId.set(service.id, service);
  }

  /** Removes a service, unless another one has replaced it. */
  delete(service: Service): void {
    if (this.#byId.get(service.id) === service) this.#byId.delete(service.id);
  }

  /** How many services are in a state. */
  count(state: LifeState): number {
    let count = 0;
    for (const service of this.#byId.values()) if (service.state === state) count += 1;
    return count;
  }
}
