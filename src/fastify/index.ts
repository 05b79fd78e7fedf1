export { type FastifyHost, taskmonFastify } from "./plugin.ts";
export type {
  FastifyDrainOptions,
  FastifyTaskmon,
  ScrapeAnswer,
  TaskmonFastifyOptions,
} from "./options.ts";
