/** The filter of a listing of entries: its parameters, and what schemas cannot say of them. Nothing is coerced; what is not named is refused. */
import { formatDate, postedKinds, postedPaymentMethods } from '@fluxo/schemas';
import { invalidParameter } from '../problems.ts';
import type { DateSpan, EntryFilter } from '../views/ledger-view.ts';
import { dateSchema, readDate, readRange } from './parameters.ts';

const amount = {
  type: 'string',
  pattern: '^(0|[1-9][0-9]{0,15})$',
  description: 'Minor units, included.',
} as const;

/** Text as a till may send it: 512 code points without U+0000 (spec.md 3.2). */
const text = { type: 'string', minLength: 1, maxLength: 512, pattern: '^[^\\u0000]*$' } as const;

export const entryFilterProperties = {
  businessDate: dateSchema,
  from: { ...dateSchema, description: 'Business dates, with `to`, both included, at most 400 days.' },
  to: dateSchema,
  accountId: { type: 'string', pattern: '^[A-Za-z0-9._~-]{1,64}$' },
  kind: { type: 'string', enum: postedKinds },
  paymentMethod: { type: 'string', enum: postedPaymentMethods },
  direction: { type: 'string', enum: ['CREDIT', 'DEBIT'] },
  externalId: { ...text, description: 'Exactly this.' },
  amountMin: amount,
  amountMax: amount,
  text: {
    ...text,
    maxLength: 128,
    description:
      'Stands in the description, the reason or the external id, whatever the case; there are no wildcards.',
  },
} as const;

export type EntryFilterQuery = { readonly [Name in keyof typeof entryFilterProperties]?: string };

export function readEntryFilter(query: EntryFilterQuery): EntryFilter {
  const { accountId = null, kind = null, paymentMethod = null, direction = null } = query;
  const { externalId = null, text: contained = null } = query;
  const amountMin = readAmount('amountMin', query.amountMin);
  const amountMax = readAmount('amountMax', query.amountMax);
  if (amountMin !== null && amountMax !== null && amountMin > amountMax)
    throw invalidParameter({ in: 'query', parameter: 'amountMax', detail: 'must not be below "amountMin"' });
  return {
    businessDates: readDates(query),
    accountId,
    kind,
    paymentMethod,
    direction,
    externalId,
    amountMin,
    amountMax,
    text: contained,
  };
}

function readAmount(parameter: 'amountMin' | 'amountMax', digits: string | undefined): number | null {
  if (digits === undefined) return null;
  const minor = Number(digits);
  if (Number.isSafeInteger(minor)) return minor;
  throw invalidParameter({ in: 'query', parameter, detail: 'must be at most 9007199254740991' });
}

function readDates({ businessDate, from, to }: EntryFilterQuery): DateSpan | null {
  if (businessDate !== undefined) {
    if (from !== undefined || to !== undefined)
      throw invalidParameter({
        in: 'query',
        parameter: 'businessDate',
        detail: 'must not stand beside "from" or "to": it is one day, they are a range',
      });
    const date = formatDate(readDate('query', 'businessDate', businessDate));
    return { from: date, to: date };
  }
  if (from === undefined && to === undefined) return null;
  if (from === undefined) throw invalidParameter({ in: 'query', parameter: 'from', detail: 'is missing' });
  if (to === undefined) throw invalidParameter({ in: 'query', parameter: 'to', detail: 'is missing' });
  const range = readRange('query', { from, to });
  return { from: formatDate(range.from), to: formatDate(range.to) };
}
