import { Health } from "../health/index.ts";
import { RequestMetrics } from "../http/request-metrics.ts";
import { type Identity, resolveIdentity } from "../identity/identity.ts";
import { Form } from "../metrics/form.ts";
import { InstrumentsDelivery } from "../metrics/instruments.ts";
import { isHexNaming } from "../metrics/naming.ts";
import { MetricRegistry } from "../metrics/registry.ts";
import { Views } from "../metrics/views.ts";
import {
  loadNodeInstrumentation,
  RuntimeInstrumentation,
  runtimeMetrics,
} from "../runtime/index.ts";
import { type Clock, systemClock } from "../shared/clock.ts";
import { type EventSink, type EventSinkProvider, eventsOption } from "../shared/events.ts";
import { booleanOption, choiceOption, methodsOption, optionsObject } from "../shared/options.ts";
import { withTimeout } from "../shared/timeout.ts";
import { SettingsStore } from "../settings/settings-store.ts";
import type { SettingsInput } from "../settings/settings.ts";
import { State } from "./state.ts";
import type { TaskNumAllocator } from "../task/allocator.ts";
import { memoryAllocator } from "../task/allocators/memory.ts";
import { sqliteAllocator } from "../task/allocators/sqlite.ts";
import { claimTarget } from "../task/claim.ts";
import { leaseMetrics } from "../task/metrics.ts";
import { type LeasePolicy, leasePolicy } from "../task/policy.ts";
import { resolveTarget, targetKey } from "../task/target.ts";
import { Task } from "../task/task.ts";
import { HEALTH_OPTIONS, OPTIONS, settingsOptions, type TaskmonOptions } from "./options.ts";

/** The parts of one Taskmon object. Of them only the request metrics have begun. */
export interface TaskmonParts {
  readonly clock: Clock;
  readonly policy: LeasePolicy;
  readonly identity: Identity;
  readonly metrics: MetricRegistry;
  readonly health: Health;
  readonly views: Views;
  readonly delivery: InstrumentsDelivery;
  readonly allocator: TaskNumAllocator;
  /** Whether nobody passed the allocator in, and so nobody else closes it. */
  readonly ownsAllocator: boolean;
  readonly task: Task;
  readonly requests: RequestMetrics;
  readonly runtime: RuntimeInstrumentation;
  readonly settings: SettingsStore;
  /** Whether settings come from somewhere, and so not at once. */
  readonly loadsSettings: boolean;
  readonly state: State;
  readonly events: EventSink | EventSinkProvider | undefined;
  /** Names the Taskmon object in errors. */
  readonly owner: string;
  /** Lets another object have the target. */
  readonly unclaim: () => void;
}

/**
 * Makes the parts and joins them. Leaves nothing behind where it throws.
 * @param settle waits for the exports under way
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for a wrong option
 * @throws TargetTakenError `ERR_TASKMON_TARGET_TAKEN` where this process has one for the target
 */
export function createParts(
  options: TaskmonOptions,
  settle: (signal: AbortSignal) => Promise<void>,
): TaskmonParts {
  const given = optionsObject("taskmon", options, OPTIONS);
  const clock = given.clock ?? systemClock();
  const policy = leasePolicy(given.lease);
  const devMode = booleanOption("devMode", given.devMode, false);
  const events = eventsOption("events", given.events);
  const target = resolveTarget(given.target);
  const allocator = allocatorOf(given, devMode);
  const identity = resolveIdentity(given.identity, given.instanceId);
  const { instanceId } = identity;
  const metrics = registryOf(given, identity, devMode);
  runtimeMetrics(metrics);
  const health = new Health({
    // The original's gauges belong with its names.
    originalGauges: given.naming !== undefined && isHexNaming(given.naming),
    ...(events !== undefined && { events }),
    ...optionsObject("health", given.health, HEALTH_OPTIONS),
    registry: metrics,
    clock,
  });
  const views = new Views(metrics);
  const runtime = new RuntimeInstrumentation(loadNodeInstrumentation, false);
  const task = new Task({ allocator, target, instanceId, policy, clock });
  task.onHeartbeat(leaseMetrics(metrics, task));
  const start = settingsOptions(given.settings, runtimeOption(given));
  const loadsSettings = start.source !== undefined;
  const settings = new SettingsStore(start, {
    ...{ clock, events, devMode, registry: metrics },
  });
  const key = targetKey(target, allocator.scope);
  const owner = `the Taskmon of ${key}, instance ${instanceId}`;
  const unclaim = claimTarget(key, owner);
  try {
    // Last, since it observes from here on.
    const requests = new RequestMetrics(given.http, metrics);
    // What is on its way under the number still arrives.
    const settled = (): Promise<void> =>
      withTimeout(clock, "An export", policy.exportTimeoutMs, settle).catch(() => undefined);
    const state = new State(
      { registry: metrics, task, settled, requests, runtime },
      settings.current,
      devMode,
    );
    settings.on("applied", (applied) => state.apply(applied));
    const delivery = new InstrumentsDelivery(metrics, views);
    const ownsAllocator = allocator !== given.allocator;
    return {
      ...{ clock, policy, identity, metrics, health, views, delivery, allocator, ownsAllocator },
      ...{ task, requests, runtime, settings, loadsSettings, state, events, owner, unclaim },
    };
  } catch (error) {
    unclaim();
    throw error;
  }
}

/** As the option said it before there were settings. */
function runtimeOption({ runtime }: Partial<TaskmonOptions>): SettingsInput {
  return runtime === undefined ? {} : { runtime: booleanOption("runtime", runtime, false) };
}

/** At a desk nobody is asked for a number. */
function allocatorOf(given: Partial<TaskmonOptions>, devMode: boolean): TaskNumAllocator {
  if (given.allocator !== undefined)
    methodsOption("allocator", given.allocator, ["notifyTaskIsAlive", "release"]);
  if (devMode) return memoryAllocator();
  return given.allocator ?? sqliteAllocator();
}

function registryOf(
  given: Partial<TaskmonOptions>,
  identity: Identity,
  devMode: boolean,
): MetricRegistry {
  const { naming, constantLabels } = given;
  const delivery = choiceOption("delivery", given.delivery, ["instruments", "producer"]);
  const form = new Form(
    {
      ...(naming !== undefined && { naming }),
      ...(constantLabels !== undefined && { constantLabels }),
    },
    identity,
  );
  return new MetricRegistry({
    strict: booleanOption("strict", given.strict, false),
    // Where a dump finds histograms too.
    delivery: devMode ? "producer" : delivery,
    form,
  });
}
