/**
 * The submission logs that schedules are run on: a few dozen, each encoded and folded once, and shared. A seed always gets the same
 * one.
 */

import { expectationOf, type PartitionExpectation } from './expectation.ts';
import { checkExpectation } from './expectation-check.ts';
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

export class Catalogue {
  readonly #vocabulary: Vocabulary;
  readonly #known = new Map<number, Material>();

  private constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary;
  }

  static async open(): Promise<Catalogue> {
    return new Catalogue(await openVocabulary());
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
