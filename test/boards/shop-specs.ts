import {
  defineCounter,
  defineDistribution,
  defineExponentialHistogram,
  defineGauge,
  defineHistogram,
  defineState,
  defineUpDownCounter,
  type MetricRegistry,
  type MetricSpec,
} from "../../src/metrics/index.ts";

const service = { id: "0xe49214fa20b35ba8", name: "shop" };

const placed = defineCounter({
  ...{ service, id: "0x1", name: "shop.orders.placed", help: "Orders placed.", unit: "{order}" },
  labels: ["currency"],
});
const waiting = defineUpDownCounter({
  ...{
    service,
    id: "0x2",
    name: "shop.orders.waiting",
    help: "Orders that wait.",
    unit: "{order}",
  },
});
const load = defineGauge({ service, id: "0x3", name: "shop.load", help: "How busy.", unit: "%" });
const checkout = defineHistogram({
  ...{ service, id: "0x4", name: "shop.checkout.duration", help: "Checkouts.", unit: "s" },
  buckets: [0.1, 1, 10],
});
const size = defineExponentialHistogram({
  ...{ service, id: "0x5", name: "shop.parcel.size", help: "Parcels.", unit: "By" },
});
const phase = defineState({
  ...{ service, id: "0x6", name: "shop.phase", help: "The phase of the day." },
});
const ages = defineDistribution({
  ...{ service, id: "0x7", name: "shop.cart.age", help: "Ages of carts.", unit: "s" },
  buckets: [1, 10, 100],
});

/** A metric of each kind. */
export const shopSpecs: readonly MetricSpec[] = [
  ...[placed, waiting, load, checkout, size, phase, ages],
];

/** @returns what gives each of them something to show */
export function useShopSpecs(registry: MetricRegistry): () => void {
  const counter = registry.counter(placed);
  const upDown = registry.upDownCounter(waiting);
  const gauge = registry.gauge(load);
  const histogram = registry.histogram(checkout);
  const exponential = registry.exponentialHistogram(size);
  const state = registry.state(phase);
  const distribution = registry.distribution(ages);
  return () => {
    counter.add(1, { currency: "EUR" });
    upDown.add(1);
    gauge.set(40);
    histogram.record(0.5);
    exponential.record(700);
    state.set("open");
    distribution.set([0.5, 4, 20]);
  };
}
