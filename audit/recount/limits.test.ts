import type { EntrySubmitted, MerchantConfigured } from '@fluxo/schemas';
import { expect, jest, test } from '@jest/globals';
import { codecs, logOf, MemorySystem } from '../../testing/audited-system.ts';
import type { GeneratedSubmission } from '../../testing/submission-generator.ts';

/** Whole histories are judged, also on a machine with other things to do. */
jest.setTimeout(60_000);

const START_MS = Date.UTC(2026, 2, 1, 12);
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const source = { system: 'limits', deviceId: null, sequence: null };
const uuid = (number: number) => `11111111-0000-4000-8000-${String(number).padStart(12, '0')}`;
let ids = 0;

function configuration(atMs: number, change: Partial<MerchantConfigured> = {}): GeneratedSubmission {
  ids += 1;
  const accounts = ['drawer', 'safe'].map((accountId) => ({
    accountId,
    name: accountId,
    type: 'DRAWER' as const,
    currency: 'BRL',
  }));
  const value = {
    merchantId: 'm-1',
    submittedAt: atMs,
    source,
    configId: uuid(ids),
    name: 'Loja',
    zone: 'America/Sao_Paulo',
    cutoffMinutes: 240,
    effectiveFrom: 20_000,
    lateEntries: 'REJECT' as const,
    backdateLimitDays: 10,
    accounts,
  };
  return { type: 'MerchantConfigured', recordedAt: atMs, value: { ...value, ...change } };
}

function sale(
  atMs: number,
  change: Partial<EntrySubmitted> = {},
): GeneratedSubmission & { type: 'EntrySubmitted' } {
  ids += 1;
  const value = {
    merchantId: 'm-1',
    submittedAt: atMs,
    source,
    entryId: uuid(ids),
    accountId: 'drawer',
    direction: 'CREDIT' as const,
    kind: 'SALE' as const,
    paymentMethod: 'PIX' as const,
    amountMinor: 100,
    currency: 'BRL',
    occurredAt: atMs,
    description: null,
    externalId: null,
  };
  return { type: 'EntrySubmitted', recordedAt: atMs, value: { ...value, ...change } };
}

function reversal(atMs: number, reversesEntryId: string): GeneratedSubmission {
  ids += 1;
  const value = { merchantId: 'm-1', submittedAt: atMs, source, entryId: uuid(ids), reversesEntryId };
  return { type: 'ReversalSubmitted', recordedAt: atMs, value: { ...value, reason: 'r', occurredAt: atMs } };
}

function closing(atMs: number, businessDate: number): GeneratedSubmission {
  ids += 1;
  const value = { merchantId: 'm-1', submittedAt: atMs, source, requestId: uuid(ids), businessDate };
  return { type: 'DayCloseRequested', recordedAt: atMs, value: { ...value, requestedBy: 'x', counts: [] } };
}

/** Submissions at both sides of a limit, and the code of each; null: it counts. Each is a history of its own. */
const known = sale(START_MS);
const again = (atMs: number) => ({
  ...known,
  recordedAt: atMs,
  value: { ...known.value, submittedAt: atMs },
});
const remembered = 45 * DAY_MS + 5 * MINUTE_MS;
const today = Math.floor(START_MS / DAY_MS);
const at = START_MS + 1;
const cases: readonly (readonly [string, GeneratedSubmission, string | null])[] = [
  ['submitted five minutes ahead', sale(at, { submittedAt: at + 5 * MINUTE_MS }), null],
  ['submitted a moment more ahead', sale(at, { submittedAt: at + 5 * MINUTE_MS + 1 }), 'submitted-in-future'],
  ['submitted 45 days ago', sale(at, { submittedAt: at - 45 * DAY_MS }), null],
  ['submitted a moment earlier', sale(at, { submittedAt: at - 45 * DAY_MS - 1 }), 'stale-submission'],
  ['occurred five minutes ahead', sale(at, { occurredAt: at + 5 * MINUTE_MS }), null],
  ['occurred a moment more ahead', sale(at, { occurredAt: at + 5 * MINUTE_MS + 1 }), 'occurred-in-future'],
  ['the largest amount', sale(at, { amountMinor: 10 ** 12 }), null],
  ['one more', sale(at, { amountMinor: 10 ** 12 + 1 }), 'amount-out-of-range'],
  ['nothing', sale(at, { amountMinor: 0 }), 'amount-out-of-range'],
  ['ten days back', sale(at, { occurredAt: at - 10 * DAY_MS }), null],
  ['eleven days back', sale(at, { occurredAt: at - 11 * DAY_MS }), 'backdated-beyond-limit'],
  [
    'a moment before the cut-off of the last bookable day',
    sale(at, { occurredAt: (today - 10) * DAY_MS + 7 * 3_600_000 - 1 }),
    'backdated-beyond-limit',
  ],
  ['the cut-off itself', sale(at, { occurredAt: (today - 10) * DAY_MS + 7 * 3_600_000 }), null],
  ['the same id at the end of being remembered', again(START_MS + remembered), null],
  ['the same id a moment later', again(START_MS + remembered + 1), 'backdated-beyond-limit'],
  ['reversed while remembered', reversal(START_MS + 9 * DAY_MS, known.value.entryId), null],
  [
    'reversed at the end of being remembered',
    reversal(START_MS + remembered, known.value.entryId),
    'backdated-beyond-limit',
  ],
  ['reversed a moment later', reversal(START_MS + remembered + 1, known.value.entryId), 'original-unknown'],
  ['closing today', closing(at, today), null],
  ['closing tomorrow', closing(at, today + 1), 'day-not-closable'],
  ['closing 400 days back', closing(at, today - 400), null],
  ['closing 401 days back', closing(at, today - 401), 'day-not-closable'],
  ['cut-off at noon', configuration(at, { cutoffMinutes: 720, effectiveFrom: today + 2 }), null],
  ['a minute later', configuration(at, { cutoffMinutes: 721, effectiveFrom: today + 2 }), 'config-invalid'],
  ['400 days to look back', configuration(at, { backdateLimitDays: 400 }), null],
  ['401', configuration(at, { backdateLimitDays: 401 }), 'config-invalid'],
  ['a zone in another case', configuration(at, { zone: 'america/sao_paulo' }), 'config-invalid'],
  ['another calendar from today', configuration(at, { zone: 'UTC', effectiveFrom: today }), 'config-invalid'],
  ['another calendar from tomorrow', configuration(at, { zone: 'UTC', effectiveFrom: today + 1 }), null],
  ['another calendar, but an account less', configuration(at, { accounts: [] }), 'config-invalid'],
];

test.each(cases)('%s', async (_name, submission, code) => {
  const system = await MemorySystem.of(logOf([configuration(START_MS - 1), known, submission]));
  const { differences } = await system.audit();
  expect(differences.kept).toEqual([]);
  const codes = [0, 1].flatMap((partition) =>
    system.log('rejections', partition).map(({ value }) => {
      const decoded = codecs.rejections.decode(value);
      return decoded.kind === 'record' && decoded.type === 'SubmissionRejected' ? decoded.value.code : null;
    }),
  );
  expect(codes).toEqual(code === null ? [] : [code]);
});

test('all of them in one history, agree too', async () => {
  const system = await MemorySystem.of(
    logOf([configuration(START_MS - 1), known, ...cases.map(([, each]) => each)]),
  );
  expect((await system.audit()).differences.kept).toEqual([]);
});
