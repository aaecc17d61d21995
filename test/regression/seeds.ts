/**
 * Seeds worth keeping, each with the fear it stands for. Two kinds:
 *
 *   - a seed that once broke the real processor. It is added together with the mend, and must pass for ever;
 *   - a seed at which a processor broken on purpose (`test/simulation/planted-bugs.ts`) is found out: it shows that the seed still
 *     leads into the situation it was kept for.
 *
 * To add one: `npm run sim -- --seed N --schedules 1 --verbose` shows what happens; write the seed down here with one sentence. A
 * change of what schedules draw gives every seed another meaning: the second kind then turns red, and a seed is looked for anew by
 * `node test/regression/main.ts`. A seed of the first kind should then become a script like those of
 * `test/simulation/lessons.test.ts`, which no change of chance can blur.
 */
export type KeptSeed = {
  readonly seed: number;
  readonly fear: string;
  /** The planted bug that this seed brings to light; null for one that the real processor once had. */
  readonly plantedBug: string | null;
};

export const keptSeeds: readonly KeptSeed[] = [
  {
    seed: 1,
    fear: 'the answer to a commit is lost and the commit never happened: what it held must be processed again',
    plantedBug: 'a commit without an answer is taken for done',
  },
  {
    seed: 18,
    fear: 'the answer to a commit is lost and the commit did happen: what it held must not be processed again',
    plantedBug: 'committed offsets are remembered, not asked for',
  },
  {
    seed: 61,
    fear: 'a zombie wakes with a batch that others have processed meanwhile',
    plantedBug: 'offsets are committed without the membership they were read under',
  },
  {
    seed: 2,
    fear: 'outputs are committed between the join and the restore (KAFKA-10167)',
    plantedBug: 'a restore goes to the ends the outputs had before the group was joined',
  },
  {
    seed: 77,
    fear: 'a partition is taken over while the marker of an output is missing and that of the offsets is there',
    plantedBug: 'a restore goes to the last stable offset only',
  },
  {
    seed: 36,
    fear: 'a partition is taken over while the marker of the offsets is missing',
    plantedBug: 'offsets are read without require_stable',
  },
];
