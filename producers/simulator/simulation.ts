/**
 * What happens at the tills: who sells when, how it is paid, what goes wrong. A pure source of submissions, driven by the time
 * it is given and a seed. A day begins with the opening float, has its rush hours, cash is carried to the safe, some sales are
 * refunded or reversed, some arrive late or twice, and at night the day is closed. Openings and closings have ids made from
 * merchant and day, so a restarted simulator does not repeat them; all other ids are new.
 */
import { randomUUID } from 'node:crypto';
import { type BusinessDate, businessDateOf, type PaymentMethod, startOfDay } from '@fluxo/domain';
import { idFromName } from '../file-import/deterministic-id.ts';
import type { NewDayClose, NewEntry, NewReversal, NewTransfer } from '../till-producer.ts';
import { SeededRandom } from './seeded-random.ts';
import { ACQUIRER, BANK, SAFE, type SimulatedMerchant, simulatedMerchant } from './simulated-merchant.ts';

export type SimulatedSubmission =
  | { readonly type: 'entry'; readonly value: NewEntry }
  | { readonly type: 'transfer'; readonly value: NewTransfer }
  | { readonly type: 'reversal'; readonly value: NewReversal }
  | { readonly type: 'dayClose'; readonly value: NewDayClose };

type Shop = {
  readonly merchant: SimulatedMerchant;
  /** Cash taken since it was last carried to the safe, minor units. */
  cashMinor: number;
  /** What may still be reversed or arrive a second time. */
  recent: NewEntry[];
  openedOn: BusinessDate | null;
  closedOn: BusinessDate | null;
};

const HOUR_MS = 3_600_000;
const OPENS_AFTER_MS = 8 * HOUR_MS;
const CLOSES_AFTER_MS = 22 * HOUR_MS;
const WEIGHTS_FOR_MS = 60_000;
const RECENT_MAX = 20;
/** Sales by hour since the start of the day: night, morning, lunch, afternoon, evening. */
const BUSTLE = [
  1, 1, 1, 1, 1, 1, 4, 12, 25, 40, 55, 70, 95, 80, 60, 55, 60, 75, 90, 80, 50, 25, 8, 2, 1,
] as const;
const PAYMENTS = [
  ['PIX', 38],
  ['CREDIT_CARD', 24],
  ['DEBIT_CARD', 18],
  ['CASH', 17],
  ['VOUCHER', 3],
] as const;
const EVENTS = [
  ['sale', 930],
  ['lateSale', 14],
  ['refund', 18],
  ['fee', 12],
  ['reversal', 8],
  ['suprimento', 4],
  ['retransmission', 4],
] as const;

export class Simulation {
  readonly #random: SeededRandom;
  readonly #shops: readonly Shop[];
  /** Shops that have said nothing yet: each is heard once before any is heard twice, so that whatever the hour all have a balance. */
  readonly #unheard: Shop[];
  /** Each shop's share of the next submissions, by size and hour. */
  #weights: readonly (readonly [Shop, number])[] = [];
  #weightsUntilMs = 0;

  constructor(options: { readonly merchants: number; readonly seed: number }) {
    this.#random = new SeededRandom(options.seed);
    this.#shops = Array.from({ length: options.merchants }, (_, index) => ({
      merchant: simulatedMerchant(index + 1),
      cashMinor: 0,
      recent: [],
      openedOn: null,
      closedOn: null,
    }));
    this.#unheard = this.#shops.toReversed();
  }

  get merchants(): readonly SimulatedMerchant[] {
    return this.#shops.map(({ merchant }) => merchant);
  }

  /** What is submitted next, at this time (epoch milliseconds). */
  next(nowMs: number): SimulatedSubmission {
    this.#weigh(nowMs);
    const shop = this.#unheard.pop() ?? this.#random.weighted(this.#weights);
    return (
      this.#opening(shop, nowMs) ??
      this.#closing(shop, nowMs) ??
      this.#sangria(shop, nowMs) ??
      this.#event(shop, nowMs)
    );
  }

  #weigh(nowMs: number): void {
    if (nowMs < this.#weightsUntilMs) return;
    this.#weightsUntilMs = nowMs + WEIGHTS_FOR_MS;
    this.#weights = this.#shops.map((shop) => {
      const hour = Math.floor(sinceDayStart(shop.merchant, nowMs) / HOUR_MS);
      return [shop, shop.merchant.size * (BUSTLE[hour] ?? 1)] as const;
    });
  }

  /** The float in the first drawer, dated when the shop opens. */
  #opening(shop: Shop, nowMs: number): SimulatedSubmission | null {
    const { merchant } = shop;
    const date = businessDateOf(merchant.calendar, nowMs);
    if (shop.openedOn === date || sinceDayStart(merchant, nowMs) < OPENS_AFTER_MS) return null;
    shop.openedOn = date;
    const value: NewEntry = {
      ...entryBase(
        merchant,
        merchant.drawers[0] as string,
        startOfDay(merchant.calendar, date) + OPENS_AFTER_MS,
      ),
      entryId: idFromName(`${merchant.merchantId}:${date}:opening`),
      direction: 'CREDIT',
      kind: 'OPENING',
      paymentMethod: 'CASH',
      amountMinor: 20_000,
      description: 'Fundo de troco',
    };
    return { type: 'entry', value };
  }

  #closing(shop: Shop, nowMs: number): SimulatedSubmission | null {
    const { merchant } = shop;
    const date = businessDateOf(merchant.calendar, nowMs);
    if (shop.closedOn === date || sinceDayStart(merchant, nowMs) < CLOSES_AFTER_MS) return null;
    shop.closedOn = date;
    const requestId = idFromName(`${merchant.merchantId}:${date}:closing`);
    const value = { merchantId: merchant.merchantId, requestId, businessDate: date, requestedBy: 'Gerente' };
    return { type: 'dayClose', value };
  }

  /** Cash goes to the safe when there is too much of it in a drawer. */
  #sangria(shop: Shop, nowMs: number): SimulatedSubmission | null {
    const { merchant } = shop;
    if (shop.cashMinor < 25 * merchant.typicalMinor) return null;
    const amountMinor = shop.cashMinor;
    shop.cashMinor = 0;
    return {
      type: 'transfer',
      value: { ...this.#transfer(shop, nowMs), toAccountId: SAFE, amountMinor, purpose: 'SANGRIA' },
    };
  }

  #event(shop: Shop, nowMs: number): SimulatedSubmission {
    const event = this.#random.weighted(EVENTS);
    const recent = shop.recent[this.#random.below(shop.recent.length)];
    switch (event) {
      case 'lateSale':
        return this.#sale(shop, nowMs - Math.floor(this.#random.next() ** 3 * 72 * HOUR_MS));
      case 'refund':
        return { type: 'entry', value: this.#refund(shop, nowMs) };
      case 'fee':
        return { type: 'entry', value: this.#fee(shop, nowMs) };
      case 'suprimento':
        return this.#suprimento(shop, nowMs);
      case 'reversal':
        return recent === undefined ? this.#sale(shop, nowMs) : this.#reversal(shop, recent, nowMs);
      case 'retransmission':
        return recent === undefined ? this.#sale(shop, nowMs) : { type: 'entry', value: recent };
      case 'sale':
        return this.#sale(shop, nowMs);
    }
  }

  #sale(shop: Shop, atMs: number): SimulatedSubmission {
    const { merchant } = shop;
    const paymentMethod = this.#random.weighted(PAYMENTS);
    const amountMinor = this.#amount(merchant);
    if (paymentMethod === 'CASH') shop.cashMinor += amountMinor;
    const value: NewEntry = {
      ...entryBase(merchant, this.#accountFor(merchant, paymentMethod), atMs - this.#random.below(2_000)),
      entryId: randomUUID(),
      direction: 'CREDIT',
      kind: 'SALE',
      paymentMethod: methodAt(merchant, paymentMethod),
      amountMinor,
    };
    shop.recent.push(value);
    if (shop.recent.length > RECENT_MAX) shop.recent.shift();
    return { type: 'entry', value };
  }

  #refund({ merchant }: Shop, nowMs: number): NewEntry {
    return {
      ...entryBase(merchant, BANK, nowMs),
      direction: 'DEBIT',
      kind: 'REFUND',
      paymentMethod: methodAt(merchant, 'PIX'),
      amountMinor: this.#amount(merchant),
      description: 'Devolução',
    };
  }

  #fee({ merchant }: Shop, nowMs: number): NewEntry {
    return {
      ...entryBase(merchant, ACQUIRER, nowMs),
      direction: 'DEBIT',
      kind: 'FEE',
      paymentMethod: 'OTHER',
      amountMinor: 1 + Math.floor(this.#amount(merchant) / 40),
      description: 'Taxa da maquininha',
    };
  }

  #reversal(shop: Shop, entry: NewEntry, nowMs: number): SimulatedSubmission {
    shop.recent = shop.recent.filter((each) => each !== entry);
    const value = {
      merchantId: entry.merchantId,
      reversesEntryId: entry.entryId as string,
      reason: 'Venda cancelada no caixa',
      occurredAt: nowMs,
    };
    return { type: 'reversal', value };
  }

  #suprimento(shop: Shop, nowMs: number): SimulatedSubmission {
    const transfer = this.#transfer(shop, nowMs);
    const amountMinor = 2 * shop.merchant.typicalMinor;
    const value = { ...transfer, fromAccountId: SAFE, toAccountId: transfer.fromAccountId, amountMinor };
    return { type: 'transfer', value: { ...value, purpose: 'SUPRIMENTO' } };
  }

  /** From one of the drawers. */
  #transfer({ merchant }: Shop, nowMs: number) {
    const { merchantId, currency } = merchant;
    return { merchantId, fromAccountId: this.#drawer(merchant), currency, occurredAt: nowMs };
  }

  #accountFor(merchant: SimulatedMerchant, paymentMethod: (typeof PAYMENTS)[number][0]): string {
    if (paymentMethod === 'CASH') return this.#drawer(merchant);
    return paymentMethod === 'PIX' ? BANK : ACQUIRER;
  }

  #drawer({ drawers }: SimulatedMerchant): string {
    return drawers[this.#random.below(drawers.length)] as string;
  }

  /** Mostly near what is typical, seldom much more. */
  #amount({ typicalMinor }: SimulatedMerchant): number {
    return 1 + Math.floor(typicalMinor * (0.2 + this.#random.next() + 3 * this.#random.next() ** 6));
  }
}

/** Pix is Brazil's; what pays from account to account elsewhere has no name of its own in the contract. */
function methodAt({ currency }: SimulatedMerchant, method: PaymentMethod): PaymentMethod {
  return method === 'PIX' && currency !== 'BRL' ? 'OTHER' : method;
}

function sinceDayStart({ calendar }: SimulatedMerchant, nowMs: number): number {
  return nowMs - startOfDay(calendar, businessDateOf(calendar, nowMs));
}

function entryBase({ merchantId, currency }: SimulatedMerchant, accountId: string, occurredAt: number) {
  return { merchantId, accountId, currency, occurredAt };
}
