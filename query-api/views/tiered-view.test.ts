/** The views of a process whose memory holds a shard of the merchants: others are answered from behind, and what only the memory would know is not guessed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { type BalanceView, ViewUnavailableError } from './balance-view.ts';
import { GuardedView } from './guarded-view.ts';
import { MemoryView } from './memory/memory-view.ts';
import { TieredView } from './tiered-view.ts';
import { aBalance, aMerchant } from './view-fixtures.ts';

const noDocuments = () => {
  throw new Error('no documents here');
};

/** Memory with m-1 alone, and a view behind it that has the merchants of the network. */
function shard() {
  const memory = new MemoryView(noDocuments, (merchantId) => merchantId === 'm-1');
  const behind = new MemoryView(noDocuments);
  Object.defineProperty(behind, 'tier', { value: 'redis' });
  for (const view of [memory, behind]) view.isLoaded = true;
  memory.applyMerchant(aMerchant({ merchantId: 'm-1', revision: 7 }));
  behind.applyMerchant(aMerchant({ merchantId: 'm-1', revision: 6 }));
  behind.applyMerchant(aMerchant({ merchantId: 'm-2', revision: 5 }));
  return { memory, behind, view: new TieredView(memory, [behind]) };
}

test('a merchant of the shard comes from memory, another from behind, one that nobody knows from nowhere', async () => {
  const { view } = shard();
  expect((await view.merchant('m-1', 0))?.head).toBe(7);
  expect((await view.merchant('m-2', 0))?.head).toBe(5);
  expect(await view.merchant('m-3', 0)).toBeNull();
});

test('a revision of another shard’s merchant is waited for where it arrives', async () => {
  const { behind, view } = shard();
  const reading = view.merchant('m-2', 8);
  setTimeout(() => behind.applyMerchant(aMerchant({ merchantId: 'm-2', revision: 8 })), 10);
  expect(await reading).toMatchObject({ head: 8, isFresh: true });
});

test('one that does not come is said not to have come', async () => {
  const { view } = shard();
  expect(await view.merchant('m-2', 9)).toMatchObject({ head: 5, isFresh: false });
});

test('behind the memory, what a merchant has become does not say that the documents before it have come', async () => {
  const { behind, view } = shard();
  const keep = (revision: number) => {
    behind.applyBalance(aBalance({ merchantId: 'm-2', revision }), Buffer.from('not read'));
  };
  keep(6);
  behind.applyMerchant(aMerchant({ merchantId: 'm-2', revision: 8 }));
  expect(await view.merchant('m-2', 8)).toMatchObject({ head: 8, isFresh: true });
  expect(await view.latest('m-2', 6)).toMatchObject({ head: 8, isFresh: true });
  expect(await view.latest('m-2', 7)).toMatchObject({ head: 8, isFresh: false });
  keep(9);
  expect(await view.latest('m-2', 7)).toMatchObject({ head: 9, isFresh: true });
});

test('behind the memory, one document of a late entry does not say that the later ones have come', async () => {
  const { behind, view } = shard();
  const keep = (businessDate: number, revision: number) => {
    behind.applyBalance(aBalance({ merchantId: 'm-2', businessDate, revision }), Buffer.from('not read'));
  };
  const on = (businessDate: number) => ({ from: businessDate, to: businessDate });
  keep(20_000, 6);
  keep(20_001, 7);
  keep(20_002, 8);
  keep(20_000, 9);
  const later = view.days('m-2', on(20_001), 9);
  expect(await view.days('m-2', on(20_000), 9)).toMatchObject({ isFresh: true });
  setTimeout(() => {
    keep(20_001, 9);
    keep(20_002, 9);
  }, 10);
  expect(await later).toMatchObject({ isFresh: true, value: { days: [{ revision: 9 }] } });
  keep(20_002, 10);
  expect(await view.days('m-2', on(20_001), 10)).toMatchObject({ isFresh: true });
  keep(20_000, 11);
  expect(await view.days('m-2', on(20_001), 11)).toMatchObject({ isFresh: false });
});

test('behind the memory, a document does not say that what the merchant became before it has come', async () => {
  const { behind, view } = shard();
  const keep = (revision: number) => {
    behind.applyBalance(aBalance({ merchantId: 'm-2', revision }), Buffer.from('not read'));
  };
  keep(9);
  expect(await view.merchant('m-2', 8)).toMatchObject({ isFresh: false, value: { revision: 5 } });
  behind.applyMerchant(aMerchant({ merchantId: 'm-2', revision: 8 }));
  expect(await view.merchant('m-2', 8)).toMatchObject({ isFresh: true, value: { revision: 8 } });
  keep(12);
  const later = view.merchant('m-2', 13);
  setTimeout(() => behind.applyMerchant(aMerchant({ merchantId: 'm-2', revision: 13 })), 10);
  expect(await later).toMatchObject({ isFresh: true, value: { revision: 13 } });
});

test('behind the memory, documents that were read while they were being written are read again', async () => {
  const { behind, view } = shard();
  const keep = (businessDate: number, revision: number) => {
    behind.applyBalance(aBalance({ merchantId: 'm-2', businessDate, revision }), Buffer.from('not read'));
  };
  const range = { from: 20_000, to: 20_001 };
  keep(20_000, 6);
  keep(20_001, 7);
  const days = behind.days.bind(behind);
  let isWritten = false;
  // As a store answers that is asked for one document after the other.
  behind.days = (merchantId) => {
    const first = days(merchantId, { from: 20_000, to: 20_000 });
    if (!isWritten) for (const day of [20_000, 20_001]) keep(day, 8);
    isWritten = true;
    const second = days(merchantId, { from: 20_001, to: 20_001 });
    if (first.kind !== 'known' || second.kind !== 'known') throw new Error('both are known');
    return { ...second, value: { ...second.value, days: [...first.value.days, ...second.value.days] } };
  };
  expect(await view.days('m-2', range, 8)).toMatchObject({
    isFresh: true,
    value: { days: [{ revision: 8 }, { revision: 8 }] },
  });
});

test('behind the memory, an answer that somebody asked for before the revision came is not taken for one from after it', async () => {
  const { memory, behind } = shard();
  const store: BalanceView = behind;
  const guarded = new GuardedView(store, { answerWithinMs: 1_000, questionsAtOnceMax: 9 });
  const view = new TieredView(memory, [guarded]);
  const keep = (businessDate: number, revision: number) => {
    behind.applyBalance(aBalance({ merchantId: 'm-2', businessDate, revision }), Buffer.from('not read'));
  };
  keep(20_000, 6);
  keep(20_001, 7);
  const days = behind.days.bind(behind);
  const begun = Promise.withResolvers<void>();
  let looks = 0;
  store.days = async (...question) => {
    const answer = days(...question);
    if (++looks === 2) begun.resolve();
    await sleep(60);
    return answer;
  };
  const ask = (minRevision: number) => view.days('m-2', { from: 20_000, to: 20_000 }, minRevision);
  const waiting = ask(8);
  await sleep(135);
  const other = ask(0);
  await begun.promise;
  for (const day of [20_000, 20_001]) keep(day, 8);
  expect(await waiting).toMatchObject({ isFresh: true, value: { days: [{ revision: 8 }] } });
  expect(await other).toMatchObject({ value: { days: [{ revision: 6 }] } });
});

test('while the view behind is being built nobody says that the merchant does not exist', async () => {
  const { memory, behind, view } = shard();
  behind.isLoaded = false;
  expect((await view.merchant('m-1', 0))?.head).toBe(7);
  await expect(view.merchant('m-2', 0)).rejects.toBeInstanceOf(ViewUnavailableError);
  await expect(new TieredView(memory, []).merchant('m-2', 0)).rejects.toBeInstanceOf(ViewUnavailableError);
});
