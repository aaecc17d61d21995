/**
 * The entries API on a real Postgres: every row of the idempotency table (reliability.md section 4), waiting for the ledger, and what
 * became of submissions. Needs Postgres.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { anEntry, type Call, EntriesScene } from './entries-scene.ts';

jest.setTimeout(120_000);

const ID = '11111111-0000-4000-8000-000000000001';
const OTHER_ID = '11111111-0000-4000-8000-000000000002';

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

const entry = (change: object = {}, call: Partial<Call> = {}) =>
  scene.call({ path: 'm-1/entries', body: { ...anEntry, ...change }, ...call });

describe('the Idempotency-Key', () => {
  test('the same request again: the same answer, one entry', async () => {
    const first = await entry({}, { key: 'k' });
    const again = await entry({}, { key: 'k' });
    expect([again.status, again.body]).toEqual([first.status, first.body]);
    expect(await scene.outbox()).toHaveLength(1);
  });

  test('many at once: one entry, and each gets the first answer or is asked to come again', async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => entry({}, { key: 'k' })));
    const { body } = await entry({}, { key: 'k' });
    for (const answer of answers) expect([202, 409]).toContain(answer.status);
    for (const answer of answers.filter(({ status }) => status === 202)) expect(answer.body).toEqual(body);
    expect(await scene.outbox()).toHaveLength(1);
  });

  test.each([
    ['another body', { amountMinor: 2 }, {}],
    ['another address', {}, { path: 'm-1/transfers' }],
  ])('%s: 422, and nothing is kept of it', async (_name, change, call) => {
    await entry({}, { key: 'k' });
    const body =
      'path' in call
        ? {
            fromAccountId: 'a',
            toAccountId: 'b',
            amountMinor: 1,
            currency: 'BRL',
            occurredAt: anEntry.occurredAt,
            purpose: 'OTHER',
          }
        : undefined;
    const answer = await entry(change, { key: 'k', ...call, ...(body === undefined ? {} : { body }) });
    expect(answer).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
    expect(await scene.outbox()).toHaveLength(1);
  });

  test('of another merchant is another key', async () => {
    await entry({}, { key: 'k' });
    expect((await entry({}, { key: 'k', path: 'm-2/entries' })).status).toBe(202);
    expect(await scene.outbox()).toHaveLength(2);
  });

  test('of what was accepted before its account was known with another currency: the first answer; a new one is refused', async () => {
    const cents = (key: string, change = {}) =>
      entry({ currency: 'USD', ...change }, { key, path: 'm-3/entries' });
    const first = await cents('k');
    expect(first.status).toBe(202);
    await scene.database.query(
      'fluxo_sink',
      `INSERT INTO fluxo.merchant_accounts VALUES ('m-3', 0, 'drawer', 'Caixa', 'DRAWER', 'BRL')`,
    );
    for (let status = 202, keys = 0; status === 202; keys++) ({ status } = await cents(`new-${keys}`));
    const accepted = await scene.outbox();
    const again = await cents('k');
    expect([again.status, again.body]).toEqual([first.status, first.body]);
    expect((await cents('k', { amountMinor: 2 })).status).toBe(422);
    expect(await cents('other')).toMatchObject({ status: 400, body: { errors: [{ pointer: '/currency' }] } });
    const holder = await scene.hold(`SELECT pg_advisory_xact_lock(hashtextextended('m-3 k', 0))`);
    expect((await cents('k')).status).toBe(409);
    await holder.release();
    expect(await scene.outbox()).toEqual(accepted);
    expect((await cents('other', { currency: 'BRL' })).status).toBe(202);
  });

  test('none: 400 with a code of its own; one without form: 400', async () => {
    expect(await entry({}, { key: null })).toMatchObject({
      status: 400,
      body: { code: 'idempotency-key-missing' },
    });
    for (const key of ['', 'a b', 'x'.repeat(129), 'é'])
      expect(await entry({}, { key })).toMatchObject({ status: 400, body: { code: 'parameter-invalid' } });
    expect(await scene.outbox()).toEqual([]);
  });

  test('while the first is being accepted: 409 with Retry-After', async () => {
    const lock = `SELECT pg_advisory_xact_lock(hashtextextended('m-1 k', 0)), pg_sleep(0)`;
    const holder = await scene.hold(lock);
    expect(await entry({}, { key: 'k' })).toMatchObject({
      status: 409,
      body: { code: 'request-in-flight' },
      headers: { 'retry-after': '1' },
    });
    await holder.release();
    expect((await entry({}, { key: 'k' })).status).toBe(202);
  });

  test('while the first still waits for the ledger: 409; then its answer, whatever was preferred', async () => {
    const waiting = entry({ entryId: ID }, { key: 'k', headers: { prefer: 'wait=10' } });
    for (let rows: readonly unknown[] = []; rows.length === 0; ) rows = await scene.outbox();
    expect((await entry({ entryId: ID }, { key: 'k' })).status).toBe(409);
    await scene.post(ID);
    const first = await waiting;
    expect(first).toMatchObject({
      status: 201,
      body: { state: 'posted', ledgerSeq: 7, businessDate: '2026-11-24' },
    });
    const again = await entry({ entryId: ID }, { key: 'k' });
    expect([again.status, again.body]).toEqual([first.status, first.body]);
  });
});

describe('what became of a submission', () => {
  const state = async (merchant = 'm-1') =>
    scene.call({ method: 'GET', path: `${merchant}/submissions/${ID}` });

  test('posted: where it stands and on which day it counts', async () => {
    await entry({ entryId: ID });
    await scene.post(ID);
    expect(await state()).toMatchObject({
      status: 200,
      body: {
        state: 'posted',
        ledgerSeq: 7,
        businessDate: '2026-11-24',
        legs: [{ leg: 'SINGLE', ledgerSeq: 7, businessDate: '2026-11-24' }],
      },
    });
  });

  test('duplicate: the same was in the ledger already', async () => {
    await entry({ entryId: ID });
    await scene.post(ID, { submittedAt: '2026-11-01T00:00:00Z' });
    expect(await state()).toMatchObject({ body: { state: 'duplicate', ledgerSeq: 7 } });
  });

  test('rejected: the code, in words too; and posted after all if the ledger says so', async () => {
    await entry({ entryId: ID });
    await scene.reject(ID);
    expect(await state()).toMatchObject({
      body: { state: 'rejected', code: 'day-closed', detail: 'too late' },
    });
    await scene.post(ID);
    expect(await state()).toMatchObject({ body: { state: 'posted' } });
  });

  test('rejected, corrected and sent again: the latest counts', async () => {
    await entry({ entryId: ID, amountMinor: 1 });
    await scene.reject(ID);
    await entry({ entryId: ID, amountMinor: 2 });
    expect(await state()).toMatchObject({ body: { state: 'accepted' } });
  });

  test('corrected and sent again while the clock is behind, as that of another machine may be: the latest counts', async () => {
    await entry({ entryId: ID, amountMinor: 1 });
    await scene.reject(ID);
    aheadMs = -2_000;
    await entry({ entryId: ID, amountMinor: 2 });
    expect(await state()).toMatchObject({ body: { state: 'accepted' } });
    const submittedAt = new Date(Number((await scene.outbox())[1]?.value['submittedAt'])).toISOString();
    await scene.post(ID, { submittedAt, sourceOffset: 2 });
    expect(await state()).toMatchObject({ body: { state: 'posted' } });
  });

  test('of another merchant or never accepted: 404, the same in both cases', async () => {
    await entry({ entryId: ID });
    const [other, never] = [
      await state('m-2'),
      await scene.call({ method: 'GET', path: `m-1/submissions/${OTHER_ID}` }),
    ];
    expect([other.status, other.body['code']]).toEqual([404, 'submission-unknown']);
    expect({ ...other.body, requestId: '' }).toEqual({ ...never.body, requestId: '' });
  });

  test('a refusal ends the waiting too, with 202 and the reason', async () => {
    const waiting = entry({ entryId: ID }, { headers: { prefer: 'respond-async, wait=10' } });
    for (let rows: readonly unknown[] = []; rows.length === 0; ) rows = await scene.outbox();
    await scene.reject(ID);
    expect(await waiting).toMatchObject({ status: 202, body: { state: 'rejected', code: 'day-closed' } });
  });

  test('several who wait at once are each told of their own', async () => {
    const [long, short] = [{ prefer: 'wait=10' }, { prefer: 'wait=1' }];
    const waiting = [
      entry({ entryId: OTHER_ID }, { headers: long }),
      entry({}, { headers: short, path: 'm-2/entries' }),
      entry({ entryId: ID }, { headers: long }),
    ];
    for (let rows: readonly unknown[] = []; rows.length < 3; ) rows = await scene.outbox();
    await scene.post(ID);
    await scene.reject(OTHER_ID);
    const answers = await Promise.all(waiting);
    expect(answers.map(({ status, body }) => [status, body['merchantId'], body['state']])).toEqual([
      [202, 'm-1', 'rejected'],
      [202, 'm-2', 'accepted'],
      [201, 'm-1', 'posted'],
    ]);
  });
});
