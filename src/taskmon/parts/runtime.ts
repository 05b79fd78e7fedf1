import { loadNodeInstrumentation, RuntimeInstrumentation } from "../../runtime/instrumentation.ts";
import type { Part } from "../part.ts";

/** The metrics of V8 and the event loop, where the settings ask for them. */
export function runtimePart(): Part {
  const runtime = new RuntimeInstrumentation(loadNodeInstrumentation, false);
  let runs = false;
  return {
    name: "runtime",
    apply(settings) {
      const wanted = settings.enabled && settings.runtime;
      if (wanted === runs) return;
      runs = wanted;
      if (wanted) runtime.enable();
      else runtime.disable();
    },
    setMeterProvider: (provider) => runtime.setMeterProvider(provider),
    close: () => runtime.disable(),
  };
}
