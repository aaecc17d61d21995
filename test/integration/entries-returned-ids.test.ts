/**
 * What became of a submission whose id has been used before: by another closing, which does not say when it was submitted, or by a posting so
 * old that its id is no longer remembered (spec.md 3.2). Needs Postgres.
 */
import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { anEntry, EntriesScene } from './entries-scene.ts';

jest.setTimeout(120_000);

const ID = '11111111-0000-4000-8000-000000000001';

let scene: EntriesScene;
let aheadMs = 0;
beforeAll(async () => {
  scene = await EntriesScene.open({ nowMs: () => Date.now() + aheadMs });
});
afterAll(async () => scene.close());
beforeEach(async () => {
  aheadMs = 0;
  await scene.empty();
});

const close = (date: string, headers: Readonly<Record<string, string>> = {}) =>
  scene.call({ path: `m-1/days/${date}/close`, body: { requestId: ID, requestedBy: 'ana' }, headers });

const state = async () => (await scene.call({ method: 'GET', path: `m-1/submissions/${ID}` })).body;

test('a closing with the id of one before it is not posted: who waits is told that it is refused', async () => {
  await close('2026-11-26');
  await scene.postClosing(ID, '2026-11-26');
  expect(await state()).toMatchObject({ state: 'posted', businessDate: '2026-11-26' });
  const waiting = close('2026-11-27', { prefer: 'wait=10' });
  for (let count = 1; count < 2; ) count = (await scene.outbox()).length;
  expect(await state()).toMatchObject({ state: 'duplicate', businessDate: '2026-11-26' });
  await scene.reject(ID, 1);
  expect(await waiting).toMatchObject({ status: 202, body: { state: 'rejected', code: 'day-closed' } });
  expect(await state()).toMatchObject({ state: 'rejected' });
});

test('who waits is told of a duplicate when the time is up', async () => {
  await close('2026-11-26');
  await scene.postClosing(ID, '2026-11-26');
  const answer = await close('2026-11-26', { prefer: 'wait=1' });
  expect(answer).toMatchObject({ status: 202, body: { state: 'duplicate', businessDate: '2026-11-26' } });
});

test('a closing that was refused and then corrected is posted', async () => {
  await close('2026-11-27');
  await scene.reject(ID, 1);
  await close('2026-11-26');
  await scene.postClosing(ID, '2026-11-26', { sourceOffset: 2 });
  expect(await state()).toMatchObject({ state: 'posted', businessDate: '2026-11-26' });
});

test('a closing accepted while the clock is behind does not take the posting of the one before it', async () => {
  await close('2026-11-26');
  aheadMs = -2_000;
  await close('2026-11-27');
  await scene.postClosing(ID, '2026-11-26');
  expect(await state()).toMatchObject({ state: 'duplicate', businessDate: '2026-11-26' });
});

test('a closing that was delivered twice, refused and then posted, is posted', async () => {
  await close('2026-11-26');
  await scene.reject(ID, 1);
  await scene.postClosing(ID, '2026-11-26', { sourceOffset: 2 });
  expect(await state()).toMatchObject({ state: 'posted', businessDate: '2026-11-26' });
});

test('a reopening with the id of a closing is not posted', async () => {
  await scene.postClosing(ID, '2026-11-26');
  await scene.call({
    path: 'm-1/days/2026-11-26/reopen',
    body: { requestId: ID, requestedBy: 'ana', reason: 'x' },
  });
  expect(await state()).toMatchObject({ state: 'duplicate' });
});

test.each([
  ['of two days ago, by somebody else, is another one', 2, { state: 'duplicate', ledgerSeq: 3 }],
  ['whose id is forgotten means nothing', 47, { state: 'accepted' }],
])('a closing %s', async (_name, daysAgo, expected) => {
  await scene.postClosing(ID, '2026-10-10', { daysAgo });
  await close('2026-11-26');
  expect(await state()).toMatchObject(expected);
});

test('an entry whose id comes back after its time shows its own legs', async () => {
  const old = { submittedAt: '2026-01-01T00:00:00Z', daysAgo: 60, sourceOffset: 1 };
  await scene.call({ path: 'm-1/entries', body: { ...anEntry, entryId: ID } });
  await scene.post(ID, { ...old, leg: 'FROM', ledgerSeq: 1 });
  await scene.post(ID, { ...old, leg: 'TO', ledgerSeq: 2 });
  expect(await state()).toMatchObject({ state: 'accepted' });
  await scene.post(ID, { leg: 'SINGLE', ledgerSeq: 8, sourceOffset: 9 });
  expect(await state()).toMatchObject({
    state: 'posted',
    ledgerSeq: 8,
    legs: [{ leg: 'SINGLE', ledgerSeq: 8 }],
  });
});
