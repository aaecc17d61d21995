/**
 * The bodies of the operations API: how the pipeline stands, and what was refused. Instants are RFC 3339 in UTC; offsets are whole numbers of one partition. For both
 * ends: the service that answers and the page that reads.
 */
import { instant, listOf, natural, text, whole } from './schema-parts.ts';

/** What of a topic one partition holds. */
export type TopicPartitionBody = {
  readonly partition: number;
  /** The first offset still there, and the one behind the last. */
  readonly begin: number;
  readonly end: number;
  /** How far readers of committed records can see: below `end` while a transaction is open. */
  readonly stable: number;
};

export type TopicBody = { readonly topic: string; readonly partitions: readonly TopicPartitionBody[] };

export type GroupPartitionBody = {
  readonly partition: number;
  /** Where the group goes on; null if it has committed nothing. */
  readonly committed: number | null;
  readonly end: number;
  /** Offsets from there to the end: at most so many records. */
  readonly behind: number;
  /** Age of the oldest record not taken, by the broker's clock and that of whoever looked; null if none waits that readers may see. */
  readonly seconds: number | null;
};

export type GroupBody = {
  readonly group: string;
  readonly topic: string;
  readonly behind: number;
  /** The greatest of its partitions. */
  readonly seconds: number | null;
  readonly partitions: readonly GroupPartitionBody[];
};

/** One line through the samples: as many values as `at` has. */
export type GroupHistoryBody = {
  readonly group: string;
  readonly behind: readonly (number | null)[];
  readonly seconds: readonly (number | null)[];
};

/** GET /v1/operations/topics. */
export type PipelineBody = {
  /** When the brokers were asked. */
  readonly at: string;
  readonly topics: readonly TopicBody[];
  readonly groups: readonly GroupBody[];
  readonly history: {
    /** How far samples are apart while nothing is wrong. */
    readonly everySeconds: number;
    readonly at: readonly string[];
    readonly groups: readonly GroupHistoryBody[];
  };
};

/** One refusal, as a list shows it. */
export type RejectionBody = {
  /** `{partition}-{offset}` in the topic of rejections: its name in addresses. */
  readonly place: string;
  readonly code: string;
  /** What the processor said, in English. */
  readonly detail: string;
  readonly recordedAt: string;
  /** Where the submission stands: the same partition of the submissions. */
  readonly sourceOffset: number;
  /** As text; null if there is none or it is no text. */
  readonly key: string | null;
  /** What its bytes say of themselves; null if they cannot be decoded, or do not say. */
  readonly merchantId: string | null;
  readonly type: string | null;
  readonly submissionId: string | null;
};

/** GET /v1/operations/rejections: newest first. */
export type RejectionPageBody = {
  readonly rejections: readonly RejectionBody[];
  readonly nextCursor: string | null;
};

/** GET /v1/operations/rejections/{place}. */
export type RejectionDetailBody = RejectionBody & {
  /** The submission, decoded; null if it cannot be. */
  readonly submission: Readonly<Record<string, unknown>> | null;
  /** Whether all bytes were kept; of longer ones the first 64 KiB are. */
  readonly isWhole: boolean;
  /** Base64. */
  readonly bytes: string;
};

/** What the processor says to the same bytes now. */
export type ReplayVerdictBody =
  | {
      readonly kind: 'accepted';
      readonly records: readonly {
        readonly type: string;
        readonly ledgerSeq: number;
        readonly businessDate: string | null;
      }[];
    }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'rejected'; readonly code: string; readonly detail: string }
  | { readonly kind: 'lost'; readonly reason: string };

/** POST /v1/operations/rejections/{place}/replay. */
export type ReplayBody = {
  readonly place: string;
  /** The partition it goes to: the one of its key. */
  readonly partition: number;
  readonly verdict: ReplayVerdictBody;
  /** Whether it was sent just now: only what is accepted, and not in a dry run. */
  readonly sent: boolean;
};

/** A ledger record that came of a submission. */
export type PostedBody = {
  readonly type: string;
  readonly ledgerSeq: number;
  readonly businessDate: string | null;
  readonly offset: number;
};

/** What the processor made of a submission; `publishedAt` is the broker's time, committed moments later. */
export type OutcomeBody =
  /** It has not come to it yet. */
  | { readonly kind: 'waiting' }
  | { readonly kind: 'posted'; readonly publishedAt: string; readonly records: readonly PostedBody[] }
  | {
      readonly kind: 'rejected';
      readonly publishedAt: string;
      readonly code: string;
      readonly detail: string;
      readonly place: string;
    }
  /** It has taken it and left nothing: the same had counted before. */
  | { readonly kind: 'duplicate' }
  /** It has taken it, and what came of it was not found among the records that were looked at, or may be one that is no longer kept. */
  | { readonly kind: 'not-found' };

/** Whether a reader has taken what came of it. Nobody writes down when. */
export type TakenBody = { readonly group: string; readonly taken: boolean };

export type TrailBody = {
  readonly submissionId: string | null;
  readonly type: string;
  /** Who made it. */
  readonly system: string;
  /** By the clocks of whoever made it; null: a kind of submission that has none, or a number that is no instant. */
  readonly occurredAt: string | null;
  readonly submittedAt: string | null;
  /** By the broker's clock: when it came into the log, and where. */
  readonly recordedAt: string;
  readonly partition: number;
  readonly offset: number;
  readonly outcome: OutcomeBody;
  /** The first document that still stands in its topic and shows it; null: it changes none, or only later ones are left. */
  readonly document: {
    readonly date: string;
    readonly revision: number;
    readonly publishedAt: string;
    readonly offset: number;
  } | null;
  readonly views: readonly TakenBody[];
};

/** GET /v1/operations/trails: the latest submissions of a merchant, newest first. */
export type TrailsBody = {
  readonly merchantId: string;
  /** Whether the partition was looked through to its beginning; if not, there may be more further back. */
  readonly isWhole: boolean;
  readonly trails: readonly TrailBody[];
};

const nullable = <Type extends string>(schema: { readonly type: Type }) =>
  ({ ...schema, type: [schema.type, 'null'] }) as const;

const naturalOrNull = nullable(natural);
const textOrNull = nullable(text);

const partition = {
  partition: natural,
  committed: naturalOrNull,
  end: natural,
  behind: natural,
  seconds: naturalOrNull,
} as const;

export const pipelineSchema = {
  $id: 'Pipeline',
  description: 'What the topics hold, how far each consumer group is, and how far it was in the last hour.',
  ...whole({
    at: instant,
    topics: listOf(
      whole({
        topic: text,
        partitions: listOf(whole({ partition: natural, begin: natural, end: natural, stable: natural })),
      }),
    ),
    groups: listOf(
      whole({
        group: text,
        topic: text,
        behind: natural,
        seconds: naturalOrNull,
        partitions: listOf(whole(partition)),
      }),
    ),
    history: whole({
      everySeconds: natural,
      at: listOf(instant),
      groups: listOf(whole({ group: text, behind: listOf(naturalOrNull), seconds: listOf(naturalOrNull) })),
    }),
  }),
} as const;

const rejection = {
  place: { type: 'string', pattern: '^[0-9]{1,4}-[0-9]{1,15}$' },
  code: text,
  detail: text,
  recordedAt: instant,
  sourceOffset: natural,
  key: textOrNull,
  merchantId: textOrNull,
  type: textOrNull,
  submissionId: textOrNull,
} as const;

export const rejectionPageSchema = {
  $id: 'RejectionPage',
  description: 'Refusals, newest first.',
  ...whole({
    rejections: listOf(whole(rejection)),
    nextCursor: {
      ...textOrNull,
      description:
        'Give it back as cursor, with the same filter, for what was refused before; null: there is nothing more. A page with a cursor may be shorter than its limit, even empty: few of those looked at fit the filter.',
    },
  }),
} as const;

export const rejectionDetailSchema = {
  $id: 'RejectionDetail',
  description: 'One refusal, with the submission as it was kept.',
  ...whole({
    ...rejection,
    submission: { type: ['object', 'null'], additionalProperties: true },
    isWhole: { type: 'boolean' },
    bytes: { type: 'string', contentEncoding: 'base64' },
  }),
} as const;

const verdict = {
  type: 'object',
  required: ['kind'],
  properties: {
    kind: { type: 'string', enum: ['accepted', 'duplicate', 'rejected', 'lost'] },
    records: listOf(whole({ type: text, ledgerSeq: natural, businessDate: textOrNull })),
    code: text,
    detail: text,
    reason: text,
  },
} as const;

export const replaySchema = {
  $id: 'Replay',
  description: 'What the processor would say to the same bytes now, and whether they were sent.',
  ...whole({ place: rejection.place, partition: natural, verdict, sent: { type: 'boolean' } }),
} as const;

const outcome = {
  type: 'object',
  required: ['kind'],
  properties: {
    kind: { type: 'string', enum: ['waiting', 'posted', 'rejected', 'duplicate', 'not-found'] },
    publishedAt: instant,
    records: listOf(whole({ type: text, ledgerSeq: natural, businessDate: textOrNull, offset: natural })),
    code: text,
    detail: text,
    place: rejection.place,
  },
} as const;

const document = whole({ date: text, revision: natural, publishedAt: instant, offset: natural });

export const trailsSchema = {
  $id: 'Trails',
  description: 'What became of the latest submissions of a merchant, step by step.',
  ...whole({
    merchantId: text,
    isWhole: { type: 'boolean' },
    trails: listOf(
      whole({
        submissionId: textOrNull,
        type: text,
        system: text,
        occurredAt: nullable(instant),
        submittedAt: nullable(instant),
        recordedAt: instant,
        partition: natural,
        offset: natural,
        outcome,
        document: nullable(document),
        views: listOf(whole({ group: text, taken: { type: 'boolean' } })),
      }),
    ),
  }),
} as const;

export const replayWishSchema = {
  $id: 'ReplayWish',
  type: 'object',
  additionalProperties: false,
  required: ['dryRun'],
  properties: {
    dryRun: {
      type: 'boolean',
      description: 'true: only say what would become of it; false: send it if it would be accepted.',
    },
  },
} as const;
