import { openLocalCodecs } from '@fluxo/kafka';
import type { DailyBalance } from '@fluxo/schemas';
import { describe, expect, test } from '@jest/globals';
import { balanceViewContract } from '../balance-view.contract.ts';
import { aBalance, aMerchant, dayOf } from '../view-fixtures.ts';
import { MemoryView } from './memory-view.ts';

const codecs = await openLocalCodecs();

function openView(): MemoryView {
  return new MemoryView((body) => {
    const decoded = codecs.dailyBalances.decode(body);
    if (decoded.kind !== 'record') throw new Error(decoded.kind);
    return decoded.value as DailyBalance;
  });
}

function apply(view: MemoryView, document: DailyBalance): void {
  view.applyBalance(document, codecs.dailyBalances.encode('DailyBalance', document));
}

balanceViewContract('memory', async () => {
  const view = openView();
  return {
    view,
    publish: async ({ merchants = [], balances = [] }) => {
      for (const merchant of merchants) view.applyMerchant(merchant);
      for (const document of balances) apply(view, document);
    },
    complete: async () => {
      view.isLoaded = true;
    },
    close: async () => undefined,
  };
});

test('of a merchant that another shard holds it says nothing, however complete it is', async () => {
  const view = new MemoryView(
    () => {
      throw new Error('nothing to decode');
    },
    (merchantId) => merchantId === 'm-1',
  );
  view.isLoaded = true;
  const range = { from: dayOf('2026-03-01'), to: dayOf('2026-03-01') };
  expect(view.latest('m-1').kind).toBe('unknown');
  expect(view.latest('m-2').kind).toBe('incomplete');
  expect(view.merchant('m-2').kind).toBe('incomplete');
  expect(view.days('m-2', range).kind).toBe('incomplete');
});

describe('a document that outgrows its place', () => {
  test('a day found before it was rewritten and moved still reads as that day, never as the one that took its place', async () => {
    const view = openView();
    view.isLoaded = true;
    view.applyMerchant(aMerchant());
    view.applyMerchant(aMerchant({ merchantId: 'm-2' }));
    apply(view, aBalance({ revision: 2 }));
    const found = view.latest('m-1');
    const many = Array.from({ length: 20 }, (_, index) => ({
      ...(aBalance().accounts[0] as DailyBalance['accounts'][number]),
      accountId: `account-${index}`,
    }));
    apply(view, aBalance({ revision: 3, accounts: many }));
    apply(view, aBalance({ merchantId: 'm-2', revision: 9 }));
    if (found.kind !== 'known') throw new Error(found.kind);
    expect(found.value.days[0]?.read()).toMatchObject({ merchantId: 'm-1', revision: 3 });
  });

  test('the place it leaves is used again', () => {
    const view = openView();
    for (let revision = 1; revision <= 20_000; revision++) {
      const accounts = aBalance().accounts.map((each) => ({
        ...each,
        accountId: 'a'.repeat(1 + (revision % 64)),
      }));
      apply(view, aBalance({ revision, accounts }));
    }
    expect(view.size).toEqual({ merchants: 1, documents: 1, documentBytes: 4 * 1024 * 1024 });
  });
});

describe('waiting for a revision', () => {
  test('is woken by its arrival, by that of a higher one, and not by another merchant', async () => {
    const view = openView();
    const woken: string[] = [];
    const waits = [
      view.reached('m-1', 5, 60_000).then(() => woken.push('five')),
      view.reached('m-1', 3, 60_000).then(() => woken.push('three')),
    ];
    apply(view, aBalance({ merchantId: 'm-2', revision: 99 }));
    await Promise.resolve();
    expect(woken).toEqual([]);
    apply(view, aBalance({ revision: 4 }));
    await waits[1];
    expect(woken).toEqual(['three']);
    view.applyMerchant(aMerchant({ revision: 7 }));
    await waits[0];
    expect(woken).toEqual(['three', 'five']);
  });

  test('does not wait for what is there, and gives up after its time', async () => {
    const view = openView();
    apply(view, aBalance({ revision: 4 }));
    await view.reached('m-1', 4, 60_000);
    const startedMs = performance.now();
    await view.reached('m-1', 5, 30);
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(29);
  });
});

test('days are found in a long history written in any order', async () => {
  const view = openView();
  view.isLoaded = true;
  view.applyMerchant(aMerchant());
  const first = dayOf('2020-01-01');
  for (let step = 0; step < 1_000; step++)
    apply(view, aBalance({ businessDate: first + ((step * 377) % 1_000), revision: step + 2 }));
  const answer = view.days('m-1', { from: first + 600, to: first + 999 });
  if (answer.kind !== 'known') throw new Error(answer.kind);
  expect(answer.value.days.map((day) => day.businessDate)).toEqual(
    Array.from({ length: 400 }, (_, index) => first + 600 + index),
  );
  expect(answer.value.before?.businessDate).toBe(first + 599);
});
