import { InvalidOptionError } from "../shared/errors.ts";
import { createReporter } from "../shared/report.ts";
import { checkOf, markedChecks } from "./decorators.ts";
import type { NestSettings } from "./options.ts";
import type { NestAdapter, NestAdapterHost, NestModules } from "./shapes.ts";

/** Follows the life of a Nest application. Nest calls its methods by their names. */
export class Wiring {
  readonly #settings: NestSettings;
  readonly #modules: NestModules;
  readonly #host: NestAdapterHost;
  #registered: string[] = [];

  constructor(settings: NestSettings, modules: NestModules, host: NestAdapterHost) {
    this.#settings = settings;
    this.#modules = modules;
    this.#host = host;
    // Before the controllers' routes, which a `*` among them would shadow.
    if (host.httpAdapter !== null) this.#serve(host.httpAdapter);
  }

  /** Registers the checks that are marked, when every instance is there. */
  onModuleInit(): void {
    const { health } = this.#settings.taskmon;
    for (const instance of this.#instances()) {
      for (const mark of markedChecks(instance)) {
        health.register(mark.name, checkOf(instance, mark), mark.options as never);
        this.#registered.push(mark.name);
      }
    }
  }

  /** Requests are answered until this is over, and readiness has failed. */
  async beforeApplicationShutdown(): Promise<void> {
    const { taskmon, drainMs, clock } = this.#settings;
    taskmon.health.startDraining();
    if (this.#host.httpAdapter?.getHttpServer()?.listening !== true) return;
    await new Promise<void>((resolve) => clock.after(drainMs, resolve));
  }

  /** The server is closed. */
  async onApplicationShutdown(): Promise<void> {
    const { taskmon, shutsDown } = this.#settings;
    if (shutsDown) return taskmon.shutdown();
    for (const name of this.#registered) taskmon.health.unregister(name);
  }

  #serve(adapter: NestAdapter): void {
    const { scrape, answers, answerPaths } = this.#settings;
    if (adapter.getType() !== "express") {
      createReporter("nest").warnOnce(
        "adapter",
        "TaskmonModule serves /metrics and health on Express only; on Fastify register taskmonFastify",
      );
      return;
    }
    if (scrape !== undefined) {
      adapter.get(scrape.path, (request, response) => scrape.reader.handler(request, response));
    }
    if (answers === undefined) return;
    for (const path of answerPaths) adapter.get(path, answers);
  }

  /** Each object that has marked checks, once. */
  #instances(): Set<object> {
    const found = new Set<object>();
    for (const { providers, controllers } of this.#modules.values()) {
      for (const wrapper of [...providers.values(), ...controllers.values()]) {
        const { instance } = wrapper;
        if (typeof instance !== "object" || instance === null) continue;
        const [first] = markedChecks(instance);
        if (first === undefined) continue;
        if (!wrapper.isDependencyTreeStatic()) {
          throw new InvalidOptionError(
            `HealthCheck ${first.name}`,
            "on a provider that is there once, and not for each request",
            instance.constructor.name,
          );
        }
        found.add(instance);
      }
    }
    return found;
  }
}
