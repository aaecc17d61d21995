/**
 * What the processor refused, and sending it again: what `fluxo rejections` does, for one rejection at a time. A trial reads a whole partition of the
 * submissions, so there is one at a time, and it is given up when it takes longer than a person waits.
 */
import type { BrokerAccess } from '@fluxo/kafka';
import {
  type FoundRejection,
  findRejections,
  newestRejections,
  planReplay,
  type RejectionFilter,
  type RejectionPage,
  type RejectionPlace,
  type ReplayStep,
  sendReplay,
} from '@fluxo/pipeline';
import { topics } from '@fluxo/schemas';
import type { KafkaPipeline } from './kafka-pipeline.ts';
import { Problem } from './problems.ts';

const LISTED_WITHIN_MS = 15_000;
const TRIED_WITHIN_MS = 30_000;

export type RejectionsOptions = {
  readonly logs: KafkaPipeline;
  readonly access: BrokerAccess;
  readonly clientId: string;
  readonly triedWithinMs?: number;
};

export type PageQuestion = {
  readonly filter: Omit<RejectionFilter, 'names'>;
  readonly ends: readonly number[] | null;
  readonly limit: number;
};

export type ReplayWish = {
  readonly dryRun: boolean;
  /** Who wants it, for the trail on the submission. */
  readonly by: string;
};

export class Rejections {
  readonly #options: RejectionsOptions;
  #isTrying = false;

  constructor(options: RejectionsOptions) {
    this.#options = options;
  }

  /** Newest first. */
  page({ filter, ...wish }: PageQuestion): Promise<RejectionPage> {
    const signal = AbortSignal.timeout(LISTED_WITHIN_MS);
    return newestRejections(this.#options.logs, { ...wish, filter: { ...filter, names: [] } }, signal);
  }

  /** Null if there is none at this place. */
  async at(place: RejectionPlace): Promise<FoundRejection | null> {
    const filter: RejectionFilter = { sinceMs: null, names: [{ kind: 'place', ...place }] };
    const signal = AbortSignal.timeout(LISTED_WITHIN_MS);
    for await (const found of findRejections(this.#options.logs, filter, signal)) return found;
    return null;
  }

  /** What would become of it, or what became of it: it has been sent if it is accepted and this is no dry run. */
  async replay(found: FoundRejection, { dryRun, by }: ReplayWish): Promise<ReplayStep> {
    const step = await this.#alone(() => this.#plan(found));
    const { access, clientId } = this.#options;
    if (!dryRun) await sendReplay([step], { access, clientId, by });
    return step;
  }

  async #plan(found: FoundRejection): Promise<ReplayStep> {
    const { logs, triedWithinMs = TRIED_WITHIN_MS } = this.#options;
    const signal = AbortSignal.timeout(triedWithinMs);
    const scene = { logs, registry: logs.registry, nowMs: Date.now(), onProgress: () => undefined, signal };
    try {
      const [step] = await planReplay([found], await logs.partitionsOf(topics.submissions), scene);
      return step as ReplayStep;
    } catch (error) {
      if (signal.aborted && error === signal.reason) throw tooLong(triedWithinMs);
      throw error;
    }
  }

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isTrying) throw underWay();
    this.#isTrying = true;
    try {
      return await work();
    } finally {
      this.#isTrying = false;
    }
  }
}

function underWay(): Problem {
  return new Problem(
    'replay-under-way',
    'Another replay is being tried, and each reads a whole partition. Nothing was done; repeat the request after the time in Retry-After.',
  );
}

function tooLong(withinMs: number): Problem {
  return new Problem(
    'replay-too-long',
    `What would become of it could not be found out within ${withinMs / 1_000} seconds: the partition is too long. Nothing was sent. Use \`fluxo rejections replay\`, which takes the time it needs.`,
  );
}
