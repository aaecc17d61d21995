/**
 * The judgement of one slice of a partition: walks its submissions with the recount and, beside it, the ledger and the rejections,
 * and holds every document of the compacted topics against the recount at the moment at which the recount reaches its revision.
 *
 * The system may be running (docs/decisions/0014-audit.md). `cut` is where the processor stood before anything was read: for what is
 * before it everything must be there, and nothing else. Behind it the recount goes on as far as outputs reach; what is found
 * there must be right, what is not there yet is not missed.
 */
import type { LogRecord, TopicCodec } from '@fluxo/kafka';
import { topics } from '@fluxo/schemas';
import { AuditError } from './audit-error.ts';
import type { Differences } from './difference.ts';
import { DocumentJudge, type Due, dueDay, dueMerchant } from './document-judge.ts';
import { DocumentTable } from './document-table.ts';
import { readForgetful } from './forgetful-log.ts';
import { LedgerJudge, type OutputSource } from './ledger-judge.ts';
import type { AuditLogs, LogRange } from './logs.ts';
import { type PassedBatch, readPast } from './passed-batch.ts';
import type { MerchantBook } from './recount/merchant-book.ts';
import { type Outcome, Recount, type Rules } from './recount/recount.ts';
import { type Gap, RejectionJudge, type RejectionSource } from './rejection-judge.ts';
import type { Slice } from './slice.ts';

export type AuditCodecs = { readonly [Name in keyof typeof topics]: TopicCodec };

export type JudgeOptions = {
  readonly logs: AuditLogs;
  readonly codecs: AuditCodecs;
  readonly rules: Rules;
  readonly differences: Differences;
  readonly now: () => number;
  /** Called with every batch of submissions; the offset it goes on at. */
  readonly onProgress: (nextOffset: number) => void;
  /** Called for a batch that nobody can read and that the processor was led past: its submissions are not judged. */
  readonly onPassed: (batch: PassedBatch) => void;
};

/** How many of each there are; submissions are those before the cut. */
export type SliceCounts = {
  submissions: number;
  counted: number;
  duplicates: number;
  rejected: number;
  ledgerRecords: number;
  balances: number;
  merchants: number;
  rejections: number;
};

/** What the views are judged by afterwards: the topics as this judgement has read them. */
export type JudgedSlice = {
  readonly counts: SliceCounts;
  readonly balances: DocumentTable;
  readonly merchants: DocumentTable;
  /** Behind the last submission of which something has been published. */
  readonly publishedTo: number;
};

/**
 * Judges the slice; what is found goes into `differences`. Fails with `log-truncated` when the submissions do not begin at their
 * beginning, and like the logs.
 */
export async function judgeSlice(options: JudgeOptions, slice: Slice, cut: number): Promise<JudgedSlice> {
  const judge = await SliceJudge.open(options, slice, cut);
  return judge.run();
}

class SliceJudge {
  readonly #options: JudgeOptions;
  readonly #slice: Slice;
  readonly #cut: number;
  readonly #recount: Recount;
  readonly #balances: DocumentTable;
  readonly #merchants: DocumentTable;
  readonly #days: DocumentJudge;
  readonly #settings: DocumentJudge;
  readonly #ledger: LedgerJudge;
  readonly #rejections: RejectionJudge;
  #isSettled = false;
  #submissions = 0;
  #duplicates = 0;
  #publishedTo = 0;

  private constructor(
    options: JudgeOptions,
    place: { readonly slice: Slice; readonly cut: number },
    read: {
      balances: DocumentTable;
      merchants: DocumentTable;
      ledger: LedgerJudge;
      rejections: RejectionJudge;
    },
  ) {
    this.#options = options;
    this.#slice = place.slice;
    this.#cut = place.cut;
    this.#recount = new Recount(place.slice.partition, options.rules);
    this.#balances = read.balances;
    this.#merchants = read.merchants;
    this.#days = new DocumentJudge(read.balances, options.differences);
    this.#settings = new DocumentJudge(read.merchants, options.differences);
    this.#ledger = read.ledger;
    this.#rejections = read.rejections;
  }

  /**
   * Documents first, then the ends of the ledger and the rejections: what a document was made from then stands before those ends,
   * because a transaction is committed after all of it has been written.
   */
  static async open(options: JudgeOptions, slice: Slice, cut: number): Promise<SliceJudge> {
    const { codecs, differences } = options;
    const balances = await DocumentTable.read({ ...options, codec: codecs.dailyBalances }, slice);
    const merchants = await DocumentTable.read({ ...options, codec: codecs.merchants }, slice);
    const ledger = await outputOf(options, { slice, cut, codec: codecs.ledger, differences });
    const rejections = await rejectionsOf(options, { slice, cut, codec: codecs.rejections, differences });
    return new SliceJudge(
      options,
      { slice, cut },
      {
        balances,
        merchants,
        ledger: new LedgerJudge(ledger),
        rejections: new RejectionJudge(rejections),
      },
    );
  }

  async run(): Promise<JudgedSlice> {
    await this.#walk();
    this.#settle();
    await this.#ledger.finish();
    await this.#rejections.finish();
    this.#days.finish();
    this.#settings.finish();
    this.#checkSum();
    return {
      counts: this.#counts(),
      balances: this.#balances,
      merchants: this.#merchants,
      publishedTo: this.#publishedTo,
    };
  }

  async #walk(): Promise<void> {
    const { logs, codecs, onProgress } = this.#options;
    const submissions = readPast(logs, await this.#submissionRange(), (batch) => this.#mayPass(batch));
    for await (const records of submissions) {
      await codecs.submissions.learnSchemasOf(records.map(({ value }) => value));
      for (const record of records) {
        if (record.offset >= this.#cut) this.#settle();
        if (record.offset >= this.#cut && this.#ledger.isDone && this.#rejections.isDone) return;
        if (this.#slice.holds(record.key)) await this.#judge(record);
      }
      onProgress((records.at(-1)?.offset ?? -1) + 1);
    }
  }

  /** The processor stands behind it, and has published nothing of it. */
  async #mayPass(batch: PassedBatch): Promise<boolean> {
    if (batch.lastOffset >= this.#cut) return false;
    if ((await this.#ledger.hasAnyOf(batch)) || (await this.#rejections.hasAnyOf(batch))) return false;
    this.#options.onPassed(batch);
    return true;
  }

  async #submissionRange() {
    const { logs } = this.#options;
    const place = { topic: topics.submissions.name, partition: this.#slice.partition };
    const from = await logs.startOffset(place.topic, place.partition);
    if (from > 0) throw truncated(place, from);
    return { ...place, from, to: await logs.endOffset(place.topic, place.partition) };
  }

  async #judge(record: LogRecord): Promise<void> {
    const outcome = this.#recount.take(record, this.#options.codecs.submissions.decode(record.value));
    if (record.offset < this.#cut) {
      this.#submissions += 1;
      if (outcome.kind === 'duplicate') this.#duplicates += 1;
    }
    const isPosted = await this.#ledger.judge(
      record.offset,
      outcome.kind === 'counted' ? outcome.events : [],
    );
    const isRefused = await this.#rejections.judge(record, outcome.kind === 'refused' ? outcome.code : null);
    if (isPosted || isRefused) this.#publishedTo = record.offset + 1;
    if (outcome.kind === 'counted') this.#reachDocuments(outcome);
  }

  /** Only a posting changes days; anything else changes the merchant. */
  #reachDocuments({ book, events }: Outcome & { kind: 'counted' }): void {
    const head = this.#ledger.headOf(book.merchantId);
    const [first] = events;
    if (first?.type !== 'EntryPosted') this.#settings.reach(dueMerchant(book), head);
    else
      for (const date of book.documents.keys())
        if (date >= first.value.businessDate) this.#days.reach(dueDay(book, date), head);
  }

  #settle(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#days.settle(daysOf(this.#recount.books.values()));
    this.#settings.settle([...this.#recount.books.values()].map(dueMerchant));
  }

  /** I10, by counting what is found: each submission before the cut is exactly one of the three. */
  #checkSum(): void {
    const { counted, duplicates, rejected, submissions } = this.#counts();
    if (counted + duplicates + rejected === submissions) return;
    this.#options.differences.add({
      where: topics.submissions.name,
      partition: this.#slice.partition,
      key: 'all submissions',
      field: 'count (I10)',
      expected: submissions,
      found: `${counted} posted or applied + ${duplicates} duplicates + ${rejected} rejected`,
    });
  }

  #counts(): SliceCounts {
    return {
      submissions: this.#submissions,
      counted: this.#ledger.submissions,
      duplicates: this.#duplicates,
      rejected: this.#rejections.submissions,
      ledgerRecords: this.#ledger.records,
      balances: this.#balances.documents.size,
      merchants: this.#merchants.documents.size,
      rejections: this.#rejections.records,
    };
  }
}

function* daysOf(books: Iterable<MerchantBook>): Generator<Due> {
  for (const book of books) for (const date of book.documents.keys()) yield dueDay(book, date);
}

async function outputOf(
  { logs }: JudgeOptions,
  source: Omit<OutputSource, 'batches'>,
): Promise<OutputSource> {
  return { ...source, batches: logs.read(await rangeOf(logs, source)) };
}

/** Retention may overtake the judge, who comes to a rejection only with its submission; it is told of that as of what was gone before. */
async function rejectionsOf(
  { logs, now }: JudgeOptions,
  source: Omit<OutputSource, 'batches'>,
): Promise<RejectionSource> {
  const gaps: Gap[] = [];
  const onGone = (start: number) => {
    gaps.push({ start, expiredBeforeMs: now() - topics.rejections.retentionMs });
  };
  const range = await rangeOf(logs, source);
  if (range.from > 0) onGone(range.from);
  return { ...source, gaps, batches: readForgetful(logs, range, onGone) };
}

async function rangeOf(logs: AuditLogs, { codec, slice }: Omit<OutputSource, 'batches'>): Promise<LogRange> {
  const place = { topic: codec.topic.name, partition: slice.partition };
  const from = await logs.startOffset(place.topic, place.partition);
  return { ...place, from, to: await logs.endOffset(place.topic, place.partition) };
}

function truncated({ topic, partition }: { topic: string; partition: number }, from: number): AuditError {
  return new AuditError(
    'log-truncated',
    `Partition ${partition} of ${topic} begins at offset ${from}: its beginning is gone, and without it nothing can be recounted. ` +
      'The topic is kept for ever (spec.md section 2): restore it from its archive, or judge dumps taken while it was whole.',
  );
}
