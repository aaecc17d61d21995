/** Waiting for the ledger over a clock that only moves when somebody sleeps or asks the database. */
import { expect, test } from '@jest/globals';
import type { SubmissionState } from './entries-store.ts';
import { LedgerWaiting } from './ledger-waiting.ts';

const accepted: SubmissionState = { type: 'EntrySubmitted', state: 'accepted' };
const duplicate: SubmissionState = { type: 'EntrySubmitted', state: 'duplicate' };
const rejected: SubmissionState = { type: 'EntrySubmitted', state: 'rejected' };
const posted: SubmissionState = { type: 'EntrySubmitted', state: 'posted' };

/** A database that takes `queryMs` for an answer; what it answers depends on the time. */
function sceneWith(queryMs: number, stateAt: (nowMs: number) => SubmissionState | null) {
  let nowMs = 1_000;
  const pass = async (ms: number) => {
    nowMs += ms;
  };
  const store = {
    stateOf: async () => {
      await pass(queryMs);
      return stateAt(nowMs - 1_000);
    },
  };
  const waiting = new LedgerWaiting(store, { sleep: pass, nowMs: () => nowMs });
  return {
    decided: async (waitMs: number) => {
      const state = await waiting.decided('m-1', 'id', waitMs);
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
