/**
 * The work every benchmark of the processor does: entry i is a pure function of i, so that a preload, a check and a rival
 * see the same stream (`kafka-streams/java` computes it too; the bench compares digests). As a rule 2,000 merchants with three
 * accounts each, zipf-like (the busiest has about 5 %), 30 days of sales in order, 1 % late by one to three days, 0.5 % sent
 * again.
 */
import { createHash } from 'node:crypto';
import type { EntrySubmitted, MerchantConfigured } from '@fluxo/schemas';

export const MERCHANTS = 2_000;
const DAY_MS = 86_400_000;
const ACCOUNTS = ['acc-main', 'acc-till', 'acc-bank'] as const;
const METHODS = ['CASH', 'PIX', 'DEBIT_CARD', 'CREDIT_CARD'] as const;
const CREDIT_KINDS = ['SALE', 'SALE', 'SALE', 'CASH_IN'] as const;
const DEBIT_KINDS = ['REFUND', 'CASH_OUT', 'FEE', 'ADJUSTMENT'] as const;

export type Workload = {
  readonly entries: number;
  /** When the last entry happened, epoch milliseconds. */
  readonly endMs: number;
  readonly merchants: number;
  /** Over how many days the entries are spread. */
  readonly days: number;
  /** Which share of the entries merchant 0 has on top of its own; 0 to 1. */
  readonly hotShare: number;
};

/** What every figure is about that says nothing else. */
export function standardWorkload(entries: number, endMs: number): Workload {
  return { entries, endMs, merchants: MERCHANTS, days: 30, hotShare: 0 };
}

export function merchantIdOf(index: number): string {
  return `m-${100_000 + index}`;
}

/** The configuration that makes merchant `index` known. */
export function configurationOf(index: number, endMs: number): MerchantConfigured {
  const merchantId = merchantIdOf(index);
  return {
    merchantId,
    submittedAt: endMs,
    source: { system: 'bench', deviceId: null, sequence: null },
    configId: uuidOf(`config ${index}`),
    name: `Loja ${index}`,
    zone: index % 2 === 0 ? 'America/Sao_Paulo' : 'America/Manaus',
    cutoffMinutes: index % 3 === 0 ? 240 : 0,
    effectiveFrom: 18_262,
    lateEntries: 'BOOK_TODAY',
    backdateLimitDays: 400,
    accounts: ACCOUNTS.map((accountId) => ({ accountId, name: accountId, type: 'DRAWER', currency: 'BRL' })),
  };
}

/**
 * Entry `position` of the workload; a resent one is the very entry it repeats. All are submitted at the end, however long ago they happened:
 * what was submitted more than 45 days ago is refused (spec.md 3.2, row 5).
 */
export function entryAt(position: number, workload: Workload): EntrySubmitted {
  const index = originalOf(position);
  const random = [0, 1, 2, 3, 4, 5, 6].map((salt) => chance(index, salt)) as Seven;
  const isCredit = random[1] < 0.75;
  const lateMs = random[2] < 0.01 ? (1 + Math.floor(random[3] * 3)) * DAY_MS : 0;
  const spanMs = workload.days * DAY_MS;
  const occurredAt = Math.floor(workload.endMs - spanMs + (index / workload.entries) * spanMs - lateMs);
  const account = random[4] < 0.6 ? 0 : random[4] < 0.9 ? 1 : 2;
  return {
    merchantId: merchantIdOf(
      chance(index, 9) < workload.hotShare ? 0 : merchantAt(random[0], workload.merchants),
    ),
    submittedAt: workload.endMs,
    source: { system: 'bench', deviceId: 'till-1', sequence: index },
    entryId: entryIdOf(index),
    accountId: ACCOUNTS[account],
    direction: isCredit ? 'CREDIT' : 'DEBIT',
    kind: (isCredit ? CREDIT_KINDS : DEBIT_KINDS)[Math.floor(random[5] * 4)] ?? 'OTHER',
    paymentMethod: METHODS[Math.floor(random[6] * 4)] ?? 'OTHER',
    amountMinor: 1 + Math.floor(random[3] * 500_000),
    currency: 'BRL',
    occurredAt,
    description: null,
    externalId: null,
  };
}

/** The fields that a rival's entries have as well, as the line over which both sides are digested. */
export function digestLine(entry: EntrySubmitted): string {
  const { entryId, merchantId, accountId, direction, amountMinor, currency, occurredAt } = entry;
  const side = direction === 'CREDIT' ? 0 : 1;
  return `${[entryId, merchantId, accountId, side, amountMinor, currency, occurredAt].join('|')}\n`;
}

type Seven = [number, number, number, number, number, number, number];

function originalOf(position: number): number {
  if (position <= 1_000 || chance(position, 7) >= 0.005) return position;
  return originalOf(position - 1 - Math.floor(chance(position, 8) * 1_000));
}

/** A number in [0, 1) that depends on both arguments only (mulberry32 over a mix of them). */
function chance(index: number, salt: number): number {
  let t = (Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(salt + 1, 0x85ebca6b)) + 0x6d2b79f5;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}

const cumulative = new Map<number, Float64Array>();

function cumulativeShares(merchants: number): Float64Array {
  const known = cumulative.get(merchants);
  if (known !== undefined) return known;
  const sums = new Float64Array(merchants);
  let sum = 0;
  for (let index = 0; index < merchants; index++) sums[index] = sum += 1 / (index + 3);
  const shares = sums.map((each) => each / sum);
  cumulative.set(merchants, shares);
  return shares;
}

function merchantAt(share: number, merchants: number): number {
  const shares = cumulativeShares(merchants);
  let low = 0;
  let high = merchants - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((shares[middle] as number) < share) low = middle + 1;
    else high = middle;
  }
  return low;
}

function entryIdOf(index: number): string {
  const hex = index.toString(16).padStart(12, '0');
  const lead = Math.imul(index, 0x9e3779b1) >>> 0;
  return `${lead.toString(16).padStart(8, '0')}-0000-4000-8000-${hex}`;
}

function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
