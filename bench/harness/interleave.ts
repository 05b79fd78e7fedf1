/**
 * Visits every contender once in each round, A B C, then B C A, then C A B: a disturbance of the
 * machine meets them all alike, and none is always the first.
 */
export async function interleave<C>(
  contenders: readonly C[],
  rounds: number,
  visit: (contender: C, round: number) => Promise<void>,
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      await visit(contenders[(round + turn) % contenders.length]!, round);
    }
  }
}
