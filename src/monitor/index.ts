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
export { compoundTrigger } from "./triggers/compound.ts";
export { type DelayOptions, delayTrigger } from "./triggers/delay.ts";
export { execTrigger, type ExecTriggerOptions } from "./triggers/exec.ts";
export { type RateLimitOptions, rateLimitTrigger } from "./triggers/rate-limit.ts";
export { wakeOnLanTrigger, type WakeOnLanOptions } from "./triggers/wake-on-lan.ts";
export { webhookTrigger, type WebhookOptions } from "./triggers/webhook.ts";
// The guard.
export type {
  DispatchController,
  DispatcherLike,
  DispatchHandler,
  DispatchOptions,
} from "./forward/dispatcher.ts";
export type { ForwardOptions } from "./forward/settings.ts";
export type { AttachOptions } from "./guard/attach.ts";
export type { FastifyGuard, FastifyGuardInstance } from "./guard/fastify.ts";
export { createGuard, type Guard } from "./guard/guard.ts";
export type { GuardOptions } from "./guard/options.ts";
export type { PageView } from "./guard/page-view.ts";
