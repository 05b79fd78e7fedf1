export {
  DuplicateServiceRegistrationError,
  MonitorProbeError,
  TriggerError,
  UnknownServiceError,
} from "./errors.ts";
export { createMonitor, createMonitoredService, Monitor } from "./monitor.ts";
export type { MonitoredServiceOptions, MonitorOptions, ServiceOptions } from "./options.ts";
export type {
  Decision,
  MonitoredService,
  MonitorEvents,
  MonitorView,
  ProbeView,
  TriggerView,
  WaitOptions,
} from "./service.ts";
export type { ServiceState } from "./standing.ts";
export type {
  Trigger,
  TriggerAnswer,
  TriggerContext,
  TriggerInput,
  TriggerOutcome,
  TriggerReason,
  TriggerSlot,
} from "./trigger.ts";
