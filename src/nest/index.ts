export { HealthCheck, InjectMetric, metricToken } from "./decorators.ts";
export { TaskmonModule } from "./module.ts";
export { NestMissingError } from "./errors.ts";
export type { NestCore, NestTaskmon, TaskmonModuleOptions } from "./options.ts";
export { type NestModule, type NestProvider, TASKMON } from "./shapes.ts";
