import { type Identity, resolveIdentity } from "../identity/identity.ts";
import { MetricRegistry } from "../metrics/registry.ts";
import { runtimeMetrics } from "../runtime/metrics.ts";
import { SettingsStore } from "../settings/settings-store.ts";
import type { SettingsInput } from "../settings/settings.ts";
import { type Clock, systemClock } from "../shared/clock.ts";
import { type EventSink, type EventSinkProvider, eventsOption } from "../shared/events.ts";
import { Listeners } from "../shared/listeners.ts";
import { booleanOption, choiceOption, methodsOption } from "../shared/options.ts";
import { createReporter, type Reporter } from "../shared/report.ts";
import { setVoice } from "../shared/voice.ts";
import type { TaskNumAllocator } from "../task/allocator.ts";
import { memoryAllocator } from "../task/allocators/memory.ts";
import { sqliteAllocator } from "../task/allocators/sqlite.ts";
import { type LeasePolicy, leasePolicy } from "../task/policy.ts";
import type { TaskmonEvents } from "./events.ts";
import { Lifecycle } from "./lifecycle.ts";
import { settingsOptions, type TaskmonOptions } from "./options.ts";
import { TargetHolder } from "./target-holder.ts";

/** What the parts of one Taskmon object share, created from its options. Nothing has started yet. */
export interface Core {
  readonly clock: Clock;
  readonly identity: Identity;
  readonly target: TargetHolder;
  readonly policy: LeasePolicy;
  readonly allocator: TaskNumAllocator;
  /** Whether we created the allocator, so that we close it. */
  readonly ownsAllocator: boolean;
  readonly metrics: MetricRegistry;
  readonly settings: SettingsStore;
  /** Whether settings come from a source, and so are not available at once. */
  readonly loadsSettings: boolean;
  readonly life: Lifecycle;
  readonly events: EventSink | EventSinkProvider | undefined;
  readonly listeners: Listeners<TaskmonEvents>;
  readonly report: Reporter;
}

/** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for a wrong option */
export function createCore(given: Partial<TaskmonOptions>): Core {
  setVoice(given.log);
  const clock = given.clock ?? systemClock();
  const policy = leasePolicy(given.lease);
  const devMode = booleanOption("devMode", given.devMode, false);
  const events = eventsOption("events", given.events);
  const allocator = allocatorOf(given, devMode);
  const identity = resolveIdentity(given.identity, given.instanceId);
  const metrics = registryOf(given, identity, clock);
  runtimeMetrics(metrics);
  const settingsGiven = settingsOptions(given.settings, runtimeOption(given));
  const settings = new SettingsStore(settingsGiven, { clock, events, devMode, registry: metrics });
  const report = createReporter("taskmon");
  const life = new Lifecycle(settings.current, devMode);
  return {
    ...{ clock, identity, policy, allocator, metrics, settings, events, report, life },
    target: new TargetHolder({ given: given.target, identity, allocator, life, report }),
    ownsAllocator: allocator !== given.allocator,
    loadsSettings: settingsGiven.source !== undefined,
    listeners: new Listeners<TaskmonEvents>("taskmon", report),
  };
}

/** The option `runtime`, from before there were settings. */
function runtimeOption({ runtime }: Partial<TaskmonOptions>): SettingsInput {
  if (runtime === undefined) return {};
  // A passed instrumentation is meant to work.
  if (typeof runtime === "object" && runtime !== null) return { runtime: true };
  return { runtime: booleanOption("runtime", runtime, false) };
}

/** In development no allocator is asked for a number. */
function allocatorOf(given: Partial<TaskmonOptions>, devMode: boolean): TaskNumAllocator {
  if (given.allocator !== undefined)
    methodsOption("allocator", given.allocator, ["notifyTaskIsAlive", "release"]);
  if (devMode) return memoryAllocator();
  return given.allocator ?? sqliteAllocator();
}

function registryOf(
  given: Partial<TaskmonOptions>,
  identity: Identity,
  clock: Clock,
): MetricRegistry {
  const { naming, constantLabels, commonLabels } = given;
  const delivery = choiceOption("delivery", given.delivery, ["auto", "instruments"]);
  return new MetricRegistry({
    ...{ naming, constantLabels, commonLabels, identity },
    strict: booleanOption("strict", given.strict, false),
    delivery,
    exemplars: choiceOption("exemplars", given.exemplars, ["off", "traced"]),
    now: () => clock.wallTime(),
  });
}
