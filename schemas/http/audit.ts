/**
 * What the audit that goes on all the time says of its latest round. For all who pass it on: `fluxo audit --watch` itself, the operations API, the page.
 */
import { instant, listOf, natural, text } from './schema-parts.ts';

/** How a round of the audit ended; `view-not-judged`: nothing differs as far as it could look. */
export type AuditRoundBody = {
  /** When it began: whatever it found was so then or later. */
  readonly at: string;
  /** In all submissions that it recounted. */
  readonly differences: number;
  /** The first of them, in words, in English. */
  readonly named: readonly string[];
  readonly submissions: number;
  /** Offsets of submissions that the processor had not taken by then. */
  readonly waiting: number;
  /** Views that it could not look at. */
  readonly notJudged: readonly string[];
  readonly result: 'equal' | 'differences' | 'view-not-judged';
};

/** A round that found out nothing, and why, in English. */
export type FailedAuditRoundBody = {
  readonly at: string;
  readonly result: 'could-not-run';
  readonly why: string;
};

/** GET /v1/operations/audit: what `fluxo audit --watch` says of its latest round; `none`: nobody has said where one runs. */
export type AuditBody =
  | { readonly kind: 'none' }
  /** Nothing that is an audit answers there. */
  | { readonly kind: 'away'; readonly address: string }
  /** It runs, and its first round has not ended. */
  | { readonly kind: 'beginning'; readonly address: string }
  | {
      readonly kind: 'round';
      readonly address: string;
      readonly round: AuditRoundBody | FailedAuditRoundBody;
    };

/** Which of its properties there are says `kind`; of a round, `result`. */
export const auditSchema = {
  $id: 'Audit',
  description: 'The latest round of the audit that goes on all the time, as it says itself.',
  type: 'object',
  additionalProperties: false,
  required: ['kind'],
  properties: {
    kind: { type: 'string', enum: ['none', 'away', 'beginning', 'round'] },
    address: text,
    round: {
      type: 'object',
      additionalProperties: false,
      required: ['at', 'result'],
      properties: {
        at: instant,
        result: { type: 'string', enum: ['equal', 'differences', 'view-not-judged', 'could-not-run'] },
        differences: natural,
        named: listOf(text),
        submissions: natural,
        waiting: natural,
        notJudged: listOf(text),
        why: text,
      },
    },
  },
} as const;
