/**
 * What schedules are run on and judged by. The submission logs are a few dozen, each encoded and folded once, and shared; a seed
 * always gets the same one.
 */

import { Auditor } from './auditor.ts';
import { expectationOf, type PartitionExpectation } from './expectation.ts';
import { checkExpectation } from './expectation-check.ts';
import type { ScheduleOptions } from './schedule.ts';
import {
  createSubmissionLog,
  openVocabulary,
  type SubmissionLog,
  type Vocabulary,
} from './submission-log.ts';

const LOGS = 64;

export type Material = {
  readonly vocabulary: Vocabulary;
  readonly log: SubmissionLog;
  readonly expected: readonly PartitionExpectation[];
};

/** What a schedule needs besides its seed. */
export type Commission = Material & Pick<ScheduleOptions, 'judgeAtEnd'>;

export class Catalogue {
  readonly #vocabulary: Vocabulary;
  readonly #auditor: Auditor;
  readonly #known = new Map<number, Material>();

  private constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary;
    this.#auditor = new Auditor(vocabulary.codecs);
  }

  static async open(): Promise<Catalogue> {
    return new Catalogue(await openVocabulary());
  }

  /** How many different ends were recounted. */
  get recounted(): number {
    return this.#auditor.recounted;
  }

  /** A seed's material with both judges. */
  commissionFor(seed: number): Commission {
    return { ...this.materialFor(seed), judgeAtEnd: (world) => this.#auditor.judge(world) };
  }

  materialFor(seed: number): Material {
    const index = seed % LOGS;
    const known = this.#known.get(index);
    if (known !== undefined) return known;
    const vocabulary = this.#vocabulary;
    const log = createSubmissionLog(index + 1, vocabulary.codecs);
    const expected = expectationOf(log, vocabulary.codecs);
    for (const each of expected) checkExpectation(each, vocabulary.codecs);
    const material = { vocabulary, log, expected };
    this.#known.set(index, material);
    return material;
  }
}
