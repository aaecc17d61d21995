/**
 * The state of the daily-balance topology for one partition: its merchants, and what the open transaction changed. Every
 * accepted submission is applied here. Before the open transaction changes a merchant for the first time, what stood is kept,
 * and each id it remembers leaves a step in the undo log, so that an aborted transaction leaves no trace.
 */
import {
  type BusinessDate,
  businessDateOf,
  type DayFigures,
  type Decision,
  type MerchantSettings,
  memoryFloor,
  POLICY,
} from '@fluxo/domain';
import type { TransactionalState } from '../engine/topology.ts';
import { UndoLog } from '../engine/undo-log.ts';
import type { ChainHeads } from './chain-heads.ts';
import { RememberedIds } from './ids/remembered-ids.ts';
import { Judged, type JudgedObserver } from './judged.ts';
import { type Before, type DayDocument, MerchantState, type Origin, type Stamp } from './merchant-state.ts';

export type Accepted = Extract<Decision, { readonly kind: 'accepted' }>;

/** What was done to the remembered ids: one remembered (what `forgetLast` takes), or one marked as taken back. */
type IdStep = number | { readonly number: number; readonly id: string };

/** About the size of an encoded document without its rows, and of a row, for the bound on a transaction. */
const DOCUMENT_BYTES = 160;
const ROW_BYTES = 40;

/** Ids are kept a day longer than they count, because a broker's clock may step back (spec.md 3.2). */
const CLOCK_STEP_BACK_MS = 86_400_000;

/** How long an id stays in memory after it was recorded, milliseconds. */
export const ID_MEMORY_MS = POLICY.dedupHorizonMs + POLICY.toleranceMs + CLOCK_STEP_BACK_MS;

export class PartitionState implements TransactionalState {
  readonly partition: number;
  readonly merchants = new Map<string, MerchantState>();
  readonly ids = new RememberedIds();
  /** While restoring: ids recorded before this time (epoch milliseconds) are not remembered any more. */
  idsFromMs = 0;
  /** While restoring: merchants whose ledger must still show the record that their documents name as its last. */
  readonly headless = new Set<MerchantState>();
  /** While restoring: the greatest input offset that a ledger record or a rejection names; -1: none. */
  lastSourceOffset = -1;
  /** While restoring from a checkpoint: how far the ledgers are read. */
  chains: ChainHeads | null = null;
  /** Submissions of the open transaction that changed nothing. */
  readonly judged: Judged;
  readonly #ids = new UndoLog<IdStep>();
  /** Merchants changed by the open transaction, in the order they were first touched. */
  readonly #touched: MerchantState[] = [];
  #changedBytes = 0;
  /** How many merchants were ever added: the number of the next one. */
  #added = 0;

  constructor(partition: number, observer?: JudgedObserver) {
    this.partition = partition;
    this.judged = new Judged(observer);
  }

  get pendingBytes(): number {
    return this.#changedBytes + this.#touched.length * DOCUMENT_BYTES;
  }

  /** Merchants changed by the open transaction, in the order they were first touched. */
  get touched(): readonly MerchantState[] {
    return this.#touched;
  }

  /** Adds a merchant, in place of one of that name. */
  add(origin: Origin): MerchantState {
    const merchant = new MerchantState({ number: this.#added, ids: this.ids }, origin);
    this.#added += 1;
    this.merchants.set(origin.merchantId, merchant);
    return merchant;
  }

  /** Adds a merchant that its first configuration, about to be applied, makes known. */
  open(origin: Origin): MerchantState {
    const merchant = this.add(origin);
    this.#touch(merchant, { from: 0, isNew: true });
    return merchant;
  }

  /** Applies a decision whose last ledger record is `head`. */
  apply(merchant: MerchantState, accepted: Accepted, head: Stamp): void {
    this.#touch(merchant, { from: accepted.days?.from ?? merchant.days.length, isNew: false });
    merchant.head = head;
    merchant.latestRecordedAt = Math.max(merchant.latestRecordedAt, head.recordedAt);
    if (accepted.settings !== null) changeSettings(merchant, accepted.settings, head);
    if (accepted.days !== null) this.#changeDays(merchant, accepted.days, head);
    this.#remember(merchant, accepted);
  }

  /** While restoring: the result of the submission at this input offset is published. */
  sawResultOf(sourceOffset: number): void {
    this.lastSourceOffset = Math.max(this.lastSourceOffset, sourceOffset);
  }

  commit(): void {
    this.judged.commit();
    this.#ids.commit();
    let latest = 0;
    for (const merchant of this.#touched) {
      latest = Math.max(latest, merchant.latestRecordedAt);
      trim(merchant);
    }
    this.ids.forgetBefore(latest - ID_MEMORY_MS);
    this.#forgetTouched();
  }

  rollback(): void {
    this.judged.rollback();
    this.#ids.rollback((step) => this.#takeBack(step));
    for (const merchant of this.#touched) {
      const before = merchant.before as Before;
      if (before.isNew) this.merchants.delete(merchant.merchantId);
      else merchant.restoreBefore(before);
    }
    this.#forgetTouched();
  }

  #touch(merchant: MerchantState, { from, isNew }: { readonly from: number; readonly isNew: boolean }): void {
    if (merchant.before === null) this.#touched.push(merchant);
    merchant.keepBefore(from, isNew);
  }

  #changeDays(merchant: MerchantState, change: NonNullable<Accepted['days']>, stamp: Stamp): void {
    const { changedFrom } = merchant;
    let isNew = change.inserted;
    merchant.days.length = change.from;
    for (const figures of change.figures) {
      const { businessDate } = figures;
      // What stood there since `changedFrom` is to be published already.
      if (isNew || changedFrom === null || businessDate < changedFrom) this.#changedBytes += bytesOf(figures);
      merchant.days.push({ businessDate, figures, stamp });
      isNew = false;
    }
    const first = change.figures[0]?.businessDate as BusinessDate;
    if (changedFrom === null || first < changedFrom) merchant.changedFrom = first;
  }

  #remember({ number }: MerchantState, { remember, reverses }: Accepted): void {
    this.#ids.record(this.ids.remember(number, remember.id, remember.entry));
    if (reverses === null) return;
    this.ids.markReversed(number, reverses, true);
    this.#ids.record({ number, id: reverses });
  }

  #takeBack(step: IdStep): void {
    if (typeof step === 'number') this.ids.forgetLast(step);
    else this.ids.markReversed(step.number, step.id, false);
  }

  #forgetTouched(): void {
    for (const merchant of this.#touched) {
      merchant.changedFrom = null;
      merchant.hasChangedSettings = false;
      merchant.before = null;
    }
    this.#touched.length = 0;
    this.#changedBytes = 0;
  }
}

function bytesOf({ accounts, totals, byKind, byMethod }: DayFigures): number {
  return DOCUMENT_BYTES + ROW_BYTES * (accounts.length + totals.length + byKind.length + byMethod.length);
}

function changeSettings(merchant: MerchantState, settings: MerchantSettings, stamp: Stamp): void {
  merchant.settings = settings;
  merchant.settingsStamp = stamp;
  merchant.hasChangedSettings = true;
}

/** Drops documents that are too old to change, but for the one that is carried on. */
export function trim(merchant: MerchantState): void {
  const floor = memoryFloor(businessDateOf(merchant.settings.calendar, merchant.latestRecordedAt));
  let carried = 0;
  while (isBefore(merchant.days[carried + 1], floor)) carried += 1;
  if (carried > 0) merchant.days.splice(0, carried);
}

function isBefore(day: DayDocument | undefined, floor: BusinessDate): boolean {
  return day !== undefined && day.businessDate < floor;
}
