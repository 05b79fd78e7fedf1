// Label values that vary, so that V8 cannot look a series up once for all. The loops take them with the
// bits of their counters, and so come to 64 series; with one label to 4.

export const currencies = ["EUR", "USD", "GBP", "CHF"] as const;
export const channels = ["web", "app", "pos", "phone"] as const;
export const regions = ["north", "south", "east", "west"] as const;

export const tiers = ["free", "paid"] as const;
export const payments = ["card", "cash"] as const;
export const outcomes = ["placed", "refused"] as const;

/** Every series of three labels, in the order in which the loops come to them. */
export const threeLabels = Array.from({ length: 64 }, (_, index) => ({
  currency: currencies[index & 3]!,
  channel: channels[(index >> 2) & 3]!,
  region: regions[(index >> 4) & 3]!,
}));

/** Durations in seconds over all the buckets; a power of two of them, to be taken with a mask. */
export const durations = Array.from({ length: 256 }, (_, index) => (index + 0.5) / 32);

/** Bucket bounds that the semantic conventions advise for durations, in seconds. */
export const buckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
