/**
 * Views behind the memory in trouble: one that hangs, fails, or is asked by thousands at once. They are memory views that do as they
 * are told, so that what they answer is what views answer.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import type { BalanceView, Tier } from './balance-view.ts';
import { GuardedView } from './guarded-view.ts';
import { MemoryView } from './memory/memory-view.ts';
import { TieredView } from './tiered-view.ts';
import { aMerchant } from './view-fixtures.ts';

/** Answers for m-1 after what it was told to do: hang for ever, fail, or nothing. */
class MoodyView implements BalanceView {
  readonly tier: Tier;
  readonly #view = new MemoryView(() => {
    throw new Error('no documents here');
  });
  mood: 'well' | 'hanging' | 'failing' = 'well';
  asked = 0;

  constructor(tier: Tier) {
    this.tier = tier;
    this.#view.isLoaded = true;
    this.#view.applyMerchant(aMerchant({ revision: 7 }));
  }

  merchant(merchantId: string) {
    return this.#mooded(() => this.#view.merchant(merchantId));
  }

  days(merchantId: string, range: { from: number; to: number }) {
    return this.#mooded(() => this.#view.days(merchantId, range));
  }

  latest(merchantId: string) {
    return this.#mooded(() => this.#view.latest(merchantId));
  }

  async #mooded<T>(look: () => T): Promise<T> {
    this.asked += 1;
    if (this.mood === 'failing') throw new Error('broken');
    if (this.mood === 'hanging') await new Promise(() => undefined);
    await sleep(1);
    return look();
  }
}

const limits = { answerWithinMs: 100, questionsAtOnceMax: 50, openForMs: 200 };
const building = new MemoryView(() => {
  throw new Error('it is still loading');
});

function tiers() {
  const [redis, dynamodb] = [new MoodyView('redis'), new MoodyView('dynamodb')];
  const guarded = [redis, dynamodb].map((view) => new GuardedView(view, limits));
  const view = new TieredView(building, guarded);
  const ask = async (merchantId = 'm-1'): Promise<string | undefined> =>
    (await view.merchant(merchantId, 0))?.tier;
  return { redis, dynamodb, guarded, ask };
}

describe('one store', () => {
  test('5,000 readers of one cold merchant are one question; the next one asks again', async () => {
    const { redis, dynamodb, ask } = tiers();
    expect(new Set(await Promise.all(Array.from({ length: 5_000 }, () => ask())))).toEqual(
      new Set(['redis']),
    );
    expect([redis.asked, dynamodb.asked]).toEqual([1, 0]);
    await ask();
    expect(redis.asked).toBe(2);
  });

  test('different questions of one merchant are not taken for each other', async () => {
    const store = new MoodyView('redis');
    const view = new GuardedView(store, limits);
    await Promise.all([
      view.merchant('m-1'),
      view.latest('m-1'),
      view.days('m-1', { from: 1, to: 2 }),
      view.days('m-1', { from: 1, to: 3 }),
      view.days('m-1', { from: 1, to: 2 }),
    ]);
    expect(store.asked).toBe(4);
  });

  test('a failure reaches all who asked the same, and nobody after them', async () => {
    const store = new MoodyView('redis');
    const view = new GuardedView(store, limits);
    store.mood = 'failing';
    const answers = await Promise.allSettled([view.merchant('m-1'), view.merchant('m-1')]);
    expect(answers).toMatchObject([
      { status: 'rejected', reason: { code: 'view-unavailable' } },
      { status: 'rejected', reason: { code: 'view-unavailable' } },
    ]);
    store.mood = 'well';
    expect(await view.merchant('m-1')).toMatchObject({ kind: 'known', head: 7 });
  });

  test('more different questions than fit are refused at once, and open nothing', async () => {
    const store = new MoodyView('redis');
    const view = new GuardedView(store, limits);
    const answers = await Promise.allSettled(
      Array.from({ length: 80 }, (_, index) => view.merchant(`m-${index}`)),
    );
    expect(answers.filter(({ status }) => status === 'rejected')).toHaveLength(30);
    expect([store.asked, view.isOpen]).toEqual([50, false]);
  });

  test('that hangs is left alone, however many more ask than fit', async () => {
    const store = new MoodyView('redis');
    const view = new GuardedView(store, limits);
    store.mood = 'hanging';
    await Promise.allSettled(Array.from({ length: 1_000 }, (_, index) => view.merchant(`m-${index}`)));
    expect([store.asked, view.isOpen]).toEqual([50, true]);
  });
});

describe('tier after tier', () => {
  test('one that hangs is cut off and the next one answers', async () => {
    const { redis, ask } = tiers();
    redis.mood = 'hanging';
    expect(await ask()).toBe('dynamodb');
    expect(redis.asked).toBe(1);
  });

  test('one that fails often is left alone, and asked again when it is well', async () => {
    const { redis, guarded, ask } = tiers();
    redis.mood = 'failing';
    for (let question = 0; question < 8; question++) expect(await ask()).toBe('dynamodb');
    expect(guarded[0]?.isOpen).toBe(true);
    const asked = redis.asked;
    expect(asked).toBeLessThan(8);
    expect(await ask()).toBe('dynamodb');
    expect(redis.asked).toBe(asked);
    await sleep(limits.openForMs * 2);
    expect(guarded[0]?.isOpen).toBe(true); // nobody has found it well
    redis.mood = 'well';
    while ((await ask()) !== 'redis') await sleep(20);
    expect(guarded[0]?.isOpen).toBe(false);
  });

  test('all fail: unavailable, never a guess; and one that knows no such merchant is believed', async () => {
    const { redis, dynamodb, ask } = tiers();
    redis.mood = 'failing';
    expect(await ask('m-2')).toBeUndefined();
    dynamodb.mood = 'failing';
    await expect(ask()).rejects.toMatchObject({ code: 'view-unavailable' });
  });
});
