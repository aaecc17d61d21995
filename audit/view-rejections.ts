/**
 * The refusals that a view keeps, against the topic, slice by slice: each one the topic has, with its code, its time, its bytes and
 * what those say of themselves, by which whoever submitted finds it, and no other. The topic forgets them after a time and a view need
 * not, so what is older than the beginning of the topic is not judged, nor what expires while it is read, nor what may have been refused
 * since. Both sides come in the order of the submissions and are held side by side.
 */
import { hash } from 'node:crypto';
import type { TopicCodec } from '@fluxo/kafka';
import { type SubmissionRejected, topics } from '@fluxo/schemas';
import { ABSENT, type Difference, differingFields } from './difference.ts';
import { readForgetful } from './forgetful-log.ts';
import type { AuditLogs } from './logs.ts';
import { ID, isInstant, UUID } from './recount/well-formed.ts';
import type { Slice } from './slice.ts';
import type { ShownRejection, SubmissionStated } from './views/view.ts';

const { name: topic } = topics.rejections;

export type RefusalCodecs = { readonly [Name in 'rejections' | 'submissions']: TopicCodec };

export type RejectionsOptions = {
  readonly logs: AuditLogs;
  readonly codecs: RefusalCodecs;
  readonly slice: Slice;
  readonly add: (difference: Pick<Difference, 'key' | 'field' | 'expected' | 'found'>) => void;
};

/** Holds what the view shows of the slice against the topic as it ends now. */
export async function judgeRejections(
  shown: AsyncIterable<ShownRejection>,
  options: RejectionsOptions,
): Promise<void> {
  const { logs, slice, add } = options;
  const cut = (await logs.committed(slice.partition)) ?? 0;
  const from = await logs.startOffset(topic, slice.partition);
  /** Older ones may be gone from the topic. */
  let oldest = from === 0 ? 0 : Number.POSITIVE_INFINITY;
  const onGone = () => {
    oldest = Number.POSITIVE_INFINITY;
  };
  const rows = new ShownRejections(shown);
  for await (const expected of published(options, from, onGone)) {
    const { sourceOffset } = expected;
    oldest = Math.min(oldest, sourceOffset);
    for (const stray of await rows.before(sourceOffset)) if (stray.sourceOffset >= oldest) add(extra(stray));
    const found = await rows.at(sourceOffset);
    if (found === null)
      add({ key: keyOf(expected), field: 'record', expected: expected.code, found: ABSENT });
    else
      for (const field of differingFields({ ...expected }, { ...found }))
        add({ key: keyOf(expected), ...field });
  }
  for (const stray of await rows.before(cut)) if (stray.sourceOffset >= oldest) add(extra(stray));
  await rows.close();
}

/** What the view shows, one at a time. */
class ShownRejections {
  readonly #rows: AsyncIterator<ShownRejection>;
  #next: ShownRejection | null = null;

  constructor(rows: AsyncIterable<ShownRejection>) {
    this.#rows = rows[Symbol.asyncIterator]();
  }

  /** Takes those of submissions before this offset. */
  async before(sourceOffset: number): Promise<readonly ShownRejection[]> {
    const taken: ShownRejection[] = [];
    for (
      let row = await this.#peek();
      row !== null && row.sourceOffset < sourceOffset;
      row = await this.#peek()
    ) {
      taken.push(row);
      this.#next = null;
    }
    return taken;
  }

  /** Takes that of this submission, if it comes next. */
  async at(sourceOffset: number): Promise<ShownRejection | null> {
    const row = await this.#peek();
    if (row?.sourceOffset !== sourceOffset) return null;
    this.#next = null;
    return row;
  }

  async close(): Promise<void> {
    await this.#rows.return?.();
  }

  async #peek(): Promise<ShownRejection | null> {
    if (this.#next === null) {
      const step = await this.#rows.next();
      this.#next = step.done === true ? null : step.value;
    }
    return this.#next;
  }
}

/** What of the topic can be read; what cannot be has been told by who judged the topic. */
async function* published(
  { logs, codecs, slice }: RejectionsOptions,
  from: number,
  onGone: () => void,
): AsyncGenerator<ShownRejection> {
  const { partition } = slice;
  const to = await logs.endOffset(topic, partition);
  for await (const records of readForgetful(logs, { topic, partition, from, to }, onGone)) {
    await codecs.rejections.learnSchemasOf(records.map(({ value }) => value));
    const rejections = records.flatMap((record) => {
      const decoded = slice.holds(record.key) ? codecs.rejections.decode(record.value) : null;
      return decoded?.kind === 'record' && decoded.type === 'SubmissionRejected' ? [decoded.value] : [];
    });
    await codecs.submissions.learnSchemasOf(rejections.map(({ value }) => value));
    for (const rejection of rejections) yield asShown(rejection, codecs.submissions);
  }
}

function asShown(rejection: SubmissionRejected, submissions: TopicCodec): ShownRejection {
  const { sourceOffset, code, recordedAt, key, value, valueSha256 } = rejection;
  return {
    sourceOffset,
    code,
    recordedAt,
    key: key === null ? null : Buffer.from(key).toString('hex'),
    keptValueSha256: hash('sha256', value, 'hex'),
    valueSha256: Buffer.from(valueSha256).toString('hex'),
    ...stated(rejection, submissions),
  };
}

/** Bytes that cannot be read, or that speak of another merchant than their key, say nothing. */
function stated({ key, value }: SubmissionRejected, submissions: TopicCodec): SubmissionStated {
  const name = key === null ? '' : Buffer.from(key).toString('latin1');
  const merchantId = ID.test(name) ? name : null;
  const decoded = submissions.decode(value);
  const said: { readonly [field: string]: unknown } = decoded.kind === 'record' ? decoded.value : {};
  if (merchantId === null || decoded.kind !== 'record' || said['merchantId'] !== merchantId)
    return { merchantId, submissionType: null, submissionId: null, submittedAt: null };
  const id = String(said['entryId'] ?? said['configId'] ?? said['requestId']);
  const submittedAt = Number(said['submittedAt']);
  return {
    merchantId,
    submissionType: decoded.type,
    submissionId: UUID.test(id) ? id : null,
    submittedAt: isInstant(submittedAt) ? submittedAt : null,
  };
}

function extra(rejection: ShownRejection) {
  return { key: keyOf(rejection), field: 'record', expected: ABSENT, found: rejection.code };
}

function keyOf({ sourceOffset }: ShownRejection): string {
  return `submission ${sourceOffset}`;
}
