import { NodeSDK } from "@opentelemetry/sdk-node";
import { expect, it, onTestFinished, vi } from "vitest";
import {
  AppError,
  createApp,
  defineError,
  defineEvent,
  defineService,
} from "../../src/app/index.ts";
import { startOtlpReceiver } from "../setup/otlp-receiver.ts";

it("sends events and errors over OTLP as the SDK exports them, with their names, severities and ids", async () => {
  const receiver = await startOtlpReceiver();
  onTestFinished(() => receiver.stop());
  // The exporter that NodeSDK brings, by the standard's variables. In JSON, since the receiver reads older protobuf,
  // which has no names of events.
  for (const [name, value] of Object.entries({
    OTEL_SERVICE_NAME: "shop",
    OTEL_LOGS_EXPORTER: "otlp",
    OTEL_TRACES_EXPORTER: "none",
    OTEL_METRICS_EXPORTER: "none",
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
  })) {
    vi.stubEnv(name, value);
  }
  onTestFinished(() => void vi.unstubAllEnvs());
  const sdk = new NodeSDK();
  sdk.start();

  const sold = defineEvent({ id: 7n, name: "shop.sold" });
  const lost = defineError({ id: "0x52", name: "Lost", severity: "high" });
  const web = defineService({
    ...{ id: 2n, name: "web" },
    start: ({ logger }) => logger.event(sold, "an order was sold", { "shop.order.id": "o-1" }),
  });
  const app = createApp({ services: [web] });
  await app.start();
  const error = app.report(new AppError(lost, { message: "gone", cause: new RangeError("deep") }));
  await app.shutdown();
  await sdk.shutdown();

  const named = (name: string) => receiver.logs.filter(({ eventName }) => eventName === name);
  expect(named("shop.sold")).toMatchObject([
    {
      resource: { "service.name": "shop" },
      body: "an order was sold",
      severityNumber: 9,
      attributes: { "shop.order.id": "o-1" },
    },
  ]);
  expect(named("taskmon.app.exception")).toMatchObject([
    {
      severityNumber: 18,
      attributes: {
        "exception.type": "RangeError",
        "exception.message": "gone",
        "taskmon.error.id": "52",
        "taskmon.error.name": "Lost",
      },
    },
  ]);
  expect(error.spec.name).toBe("Lost");
});
