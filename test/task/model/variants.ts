/** Ways to break the protocol; the model without any of them is the protocol. */
export const MUTATIONS = [
  // Those of the survey's table.
  "deadline from the response",
  "hold equal to the lease",
  "no check before writing",
  "a clock that stops in suspend",
  "loss ignored",
  "no gate",
  // The margins.
  "no grace beyond the lease",
  "no export time in the gate",
  "no drift in the hold",
  // More of ours.
  "a wall clock for the deadline",
  "late answers taken for the newest heartbeat's",
  "sequence numbers ignored",
  "epochs not renewed",
  "released with an export under way",
  "no rest after a failover",
  // Those that a field trial found.
  "newcomers served once an owner has come back to an emptied store",
  "newcomers served while owners come back to find their numbers taken",
  "a rest as long as the hold of the one who comes back",
  "epochs that begin anew in an emptied store",
  "releases without a sequence number",
  "ends that a clock set back makes longer",
] as const;

/** One way to break the protocol. */
export type Mutation = (typeof MUTATIONS)[number];
