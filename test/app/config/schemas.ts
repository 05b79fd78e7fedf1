import type { StandardSchema } from "../../../src/app/index.ts";

/** Takes every value as it is. */
export const anything: StandardSchema<unknown> = {
  "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) },
};
