/** Waiting for the ledger over a clock that only moves when somebody sleeps or asks the database. */
import { setImmediate as everythingElse } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import type { SubmissionState } from './entries-store.ts';
import { LedgerWaiting } from './ledger-waiting.ts';

const accepted: SubmissionState = { type: 'EntrySubmitted', state: 'accepted' };
const duplicate: SubmissionState = { type: 'EntrySubmitted', state: 'duplicate' };
const rejected: SubmissionState = { type: 'EntrySubmitted', state: 'rejected' };
const posted: SubmissionState = { type: 'EntrySubmitted', state: 'posted' };

/** A database that takes `queryMs` for an answer; what it answers depends on the time. */
function sceneWith(queryMs: number, stateAt: (nowMs: number, id: string) => SubmissionState | null) {
  let nowMs = 1_000;
  const pass = async (ms: number) => {
    await everythingElse();
    nowMs += ms;
  };
  const asked: number[] = [];
  const store = {
    statesOf: async (submissions: readonly { readonly submissionId: string }[]) => {
      asked.push(submissions.length);
      await pass(queryMs);
      return submissions.map(({ submissionId }) => stateAt(nowMs - 1_000, submissionId));
    },
  };
  const waiting = new LedgerWaiting(store, { sleep: pass, nowMs: () => nowMs });
  return {
    asked,
    decided: async (waitMs: number, id = 'id') => {
      const state = await waiting.decided('m-1', id, waitMs);
      return { state, tookMs: nowMs - 1_000 };
    },
  };
}

test.each([
  [0, 2_000],
  [20, 2_020],
  [500, 2_160],
])('with queries of %d ms a wait of 2,000 ms ends after %d ms', async (queryMs, tookMs) => {
  const { decided } = sceneWith(queryMs, () => accepted);
  expect(await decided(2_000)).toEqual({ state: null, tookMs });
});

test('what the last query finds counts', async () => {
  const { decided } = sceneWith(500, (nowMs) => (nowMs > 2_000 ? posted : null));
  expect((await decided(2_000)).state).toEqual(posted);
});

test('the wait ends with the decision', async () => {
  const { decided } = sceneWith(20, (nowMs) => (nowMs >= 100 ? posted : accepted));
  expect(await decided(2_000)).toEqual({ state: posted, tookMs: 120 });
});

test('a duplicate may still become a refusal; one that stays is told when the time is up', async () => {
  const refused = sceneWith(20, (nowMs) => (nowMs >= 100 ? rejected : duplicate));
  expect(await refused.decided(2_000)).toEqual({ state: rejected, tookMs: 120 });
  const stays = sceneWith(20, () => duplicate);
  expect(await stays.decided(2_000)).toEqual({ state: duplicate, tookMs: 2_020 });
});

test('however many wait, one question at a time asks for all, and each is told of its own', async () => {
  const { asked, decided } = sceneWith(20, (nowMs, id) =>
    id === 'fast' && nowMs >= 100 ? posted : accepted,
  );
  const waits = Array.from({ length: 199 }, () => decided(300));
  expect(await decided(300, 'fast')).toEqual({ state: posted, tookMs: 120 });
  expect(await Promise.all(waits)).toEqual(waits.map(() => ({ state: null, tookMs: 300 })));
  expect(asked).toEqual([200, 200, 199, 199, 199]);
});

test('where 200 wait nobody else does; where they are gone, the next who comes waits', async () => {
  const { decided } = sceneWith(20, () => accepted);
  const waits = Array.from({ length: 200 }, () => decided(300));
  expect(await decided(300)).toEqual({ state: null, tookMs: 0 });
  await Promise.all(waits);
  expect(await decided(300)).toEqual({ state: null, tookMs: 600 });
});

test('a question that fails is the end of waiting for all it was asked for, and of nothing else', async () => {
  const { decided } = sceneWith(20, (nowMs) => {
    if (nowMs < 100) throw new Error('the database is away');
    return posted;
  });
  const waits = [decided(300), decided(300)];
  for (const { status } of await Promise.allSettled(waits)) expect(status).toBe('rejected');
  await decided(300).catch(() => undefined);
  expect((await decided(300)).state).toEqual(posted);
});
