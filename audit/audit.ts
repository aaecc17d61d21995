/**
 * One round of the judge over the whole system: partition after partition, each in as many passes as its size asks for, topics first,
 * then the views against the topics. It changes nothing anywhere and joins no group, so it may run beside anything at any time.
 *
 * Memory: one pass (`slice.ts`) and one page of each reader; not the log, and not more merchants than a pass has.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { KafkaFailure } from '@fluxo/kafka';
import { partitionOf, topics } from '@fluxo/schemas';
import { AuditError } from './audit-error.ts';
import { Differences } from './difference.ts';
import type { AuditLogs } from './logs.ts';
import type { PassedBatch } from './passed-batch.ts';
import type { Rules } from './recount/recount.ts';
import { type Slice, sliceOfMerchant, slicesOf } from './slice.ts';
import { type AuditCodecs, type JudgeOptions, judgeSlice, type SliceCounts } from './slice-judge.ts';
import { judgeView } from './view-judge.ts';
import type { View } from './views/view.ts';

/** A transaction whose outputs are seen and whose offsets are not yet is given this long. */
const COMMIT_WITHIN_MS = 2_000;
const POLL_MS = 100;

export type AuditOptions = {
  readonly logs: AuditLogs;
  readonly codecs: AuditCodecs;
  readonly zoneNames: Rules['zoneNames'];
  readonly views: readonly View[];
  readonly scope: AuditScope;
  /** How long to wait for a view that lags. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly onProgress: (progress: AuditProgress) => void;
  /** Submissions of one pass at most; see `slice.ts`. */
  readonly sliceSubmissionsMax?: number;
};

export type AuditScope =
  | { readonly kind: 'everything' }
  | { readonly kind: 'partition'; readonly partition: number }
  | { readonly kind: 'merchant'; readonly merchantId: string };

/** How far the round is, in offsets of submissions; those of a partition count once per pass. */
export type AuditProgress = { readonly partition: number; readonly done: number; readonly total: number };

/** Up to where a partition was judged. */
export type AuditedPartition = {
  readonly partition: number;
  /** The first submission that was not judged, because the processor had not come to it. */
  readonly nextOffset: number;
  /** Where the submissions ended. */
  readonly endOffset: number;
  /** Why none of it counts as judged: a batch that nobody can read (reliability.md, section 8). What was found before it is told. */
  readonly unreadable?: string;
  /** Batches that nobody can read and that the processor was led past: all but these was judged. */
  readonly passed?: readonly PassedBatch[];
};

export type ViewResult =
  | {
      readonly view: string;
      readonly kind: 'judged';
      readonly documents: number;
      /** Partitions that the view leaves to other processes, which were not looked at. */
      readonly elsewhere: readonly number[];
    }
  | { readonly view: string; readonly kind: 'not-judged'; readonly reason: string };

type ViewVerdict = OfView<ViewResult>;
type JudgedView = Extract<ViewVerdict, { kind: 'judged' }>;
type OfView<Result> = Result extends unknown ? Omit<Result, 'view'> : never;

export type AuditResult = {
  readonly counts: SliceCounts;
  readonly partitions: readonly AuditedPartition[];
  readonly views: readonly ViewResult[];
  readonly differences: Differences;
};

/** Judges everything in scope that can be read. Fails with an `AuditError` or a failure of the logs when the topics themselves cannot be judged. */
export async function audit(options: AuditOptions): Promise<AuditResult> {
  const round = new Round(options, await options.logs.partitions());
  for (const partition of round.partitions) await round.judge(partition);
  return round.result();
}

class Round {
  readonly partitions: readonly number[];
  readonly #options: AuditOptions;
  readonly #rules: Rules;
  readonly #differences = new Differences();
  readonly #counts: SliceCounts = {
    submissions: 0,
    counted: 0,
    duplicates: 0,
    rejected: 0,
    ledgerRecords: 0,
    balances: 0,
    merchants: 0,
    rejections: 0,
  };
  readonly #audited: AuditedPartition[] = [];
  /** One that could not be judged is not asked again. */
  readonly #views = new Map<View, ViewVerdict>();

  constructor(options: AuditOptions, partitions: number) {
    this.#options = options;
    this.#rules = { partitions, zoneNames: options.zoneNames };
    this.partitions = partitionsIn(options.scope, partitions);
    for (const view of options.views) this.#views.set(view, { kind: 'judged', documents: 0, elsewhere: [] });
  }

  async judge(partition: number): Promise<void> {
    const { logs, scope, sliceSubmissionsMax } = this.#options;
    const cut = await this.#cutOf(partition);
    const endOffset = await logs.endOffset(topics.submissions.name, partition);
    const slices =
      scope.kind === 'merchant'
        ? [sliceOfMerchant(partition, scope.merchantId)]
        : slicesOf({ partition, partitions: this.#rules.partitions }, endOffset, sliceSubmissionsMax);
    const passed = new Map<number, PassedBatch>();
    try {
      let publishedTo = 0;
      for (const [pass, slice] of slices.entries()) {
        const reached = await this.#judgeSlice(slice, cut, {
          onProgress: (done) =>
            this.#options.onProgress({
              partition,
              done: pass * endOffset + Math.min(done, endOffset),
              total: slices.length * endOffset,
            }),
          onPassed: (batch) => void passed.set(batch.baseOffset, batch),
        });
        publishedTo = Math.max(publishedTo, reached);
      }
      if (publishedTo > cut) await this.#committedFrom(partition, publishedTo);
      const place = { partition, nextOffset: cut, endOffset };
      this.#audited.push(passed.size === 0 ? place : { ...place, passed: [...passed.values()] });
    } catch (error) {
      if (!(error instanceof KafkaFailure) || error.code !== 'corrupt-log') throw error;
      this.#audited.push({ partition, nextOffset: 0, endOffset, unreadable: error.message });
    }
  }

  result(): AuditResult {
    const views = [...this.#views].map(([{ name: view }, verdict]): ViewResult => ({ view, ...verdict }));
    return { counts: this.#counts, partitions: this.#audited, views, differences: this.#differences };
  }

  /** Where the processor stands. A group that has never committed anything has published nothing either. */
  async #cutOf(partition: number): Promise<number> {
    const { logs } = this.#options;
    const committed = await logs.committed(partition);
    if (committed !== null) return committed;
    for (const { name } of [topics.ledger, topics.rejections])
      if ((await logs.endOffset(name, partition)) > 0) return this.#committedFrom(partition, 0);
    return 0;
  }

  /** What has been published is committed by the same transaction, which is seen there a moment later. Otherwise the offsets have been lost. */
  async #committedFrom(partition: number, least: number): Promise<number> {
    const deadlineMs = performance.now() + COMMIT_WITHIN_MS;
    for (;;) {
      const committed = await this.#options.logs.committed(partition);
      if (committed !== null && committed >= least) return committed;
      if (performance.now() >= deadlineMs) throw offsetsLost(partition, committed);
      await sleep(POLL_MS, undefined, { signal: this.#options.signal });
    }
  }

  /** Returns `publishedTo`. */
  async #judgeSlice(
    slice: Slice,
    cut: number,
    told: Pick<JudgeOptions, 'onProgress' | 'onPassed'>,
  ): Promise<number> {
    const { signal } = this.#options;
    signal.throwIfAborted();
    const onProgress = (nextOffset: number) => {
      signal.throwIfAborted();
      told.onProgress(nextOffset);
    };
    const judged = await judgeSlice(
      {
        ...this.#options,
        ...told,
        rules: this.#rules,
        differences: this.#differences,
        onProgress,
      },
      slice,
      cut,
    );
    for (const name of Object.keys(this.#counts) as (keyof SliceCounts)[])
      this.#counts[name] += judged.counts[name];
    for (const view of this.#views.keys()) await this.#judgeView(view, { slice, topics: judged });
    return judged.publishedTo;
  }

  async #judgeView(view: View, judged: Parameters<typeof judgeView>[1]): Promise<void> {
    const before = this.#views.get(view);
    if (before?.kind !== 'judged') return;
    try {
      const options = { ...this.#options, differences: this.#differences };
      const shown = await judgeView(view, judged, options);
      this.#views.set(view, addedTo(before, shown, judged.slice.partition));
    } catch (error) {
      if (!(error instanceof AuditError)) throw error;
      this.#views.set(view, { kind: 'not-judged', reason: error.message });
    }
  }
}

/** The verdict with one more pass in it; a partition may have several. */
function addedTo(before: JudgedView, shown: number | 'elsewhere', partition: number): JudgedView {
  if (shown !== 'elsewhere') return { ...before, documents: before.documents + shown };
  return { ...before, elsewhere: [...new Set([...before.elsewhere, partition])] };
}

function partitionsIn(scope: AuditScope, count: number): readonly number[] {
  if (scope.kind === 'merchant') return [partitionOf(Buffer.from(scope.merchantId), count)];
  const all = Array.from({ length: count }, (_, partition) => partition);
  return scope.kind === 'partition' ? all.filter((partition) => partition === scope.partition) : all;
}

function offsetsLost(partition: number, committed: number | null): AuditError {
  const stands =
    committed === null
      ? 'has no committed offset'
      : `stands at offset ${committed}, behind which results have been published,`;
  return new AuditError(
    'offsets-lost',
    `The processor's group ${stands} in partition ${partition}, though there are results: how much it has processed cannot be known. ` +
      'The group was deleted or set back, or its offsets have expired; the processor refuses to start as well and says what to do.',
  );
}
