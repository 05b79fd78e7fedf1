import fc from "fast-check";
import { expect, it } from "vitest";
import { resourceAttributesFromEnv } from "../../src/shared/environment.ts";

it("reads pairs, decodes their values, and lets OTEL_SERVICE_NAME win", () => {
  expect({
    ...resourceAttributesFromEnv({
      OTEL_RESOURCE_ATTRIBUTES: "service.name=a, cloud.region = eu%2Dwest ,broken,=x,y=,z=%zz",
      OTEL_SERVICE_NAME: "checkout",
    }),
  }).toEqual({ "service.name": "checkout", "cloud.region": "eu-west" });
});

it("survives any text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const attributes = resourceAttributesFromEnv({ OTEL_RESOURCE_ATTRIBUTES: text });
      for (const [key, value] of Object.entries(attributes)) {
        expect(key).not.toBe("");
        expect(typeof value).toBe("string");
      }
    }),
  );
});
