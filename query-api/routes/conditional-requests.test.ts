/** Entity tags and waiting for revisions: what a caller already has, or has seen elsewhere. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { type ApiFixture, BALANCES, openApi } from '../api-fixture.ts';
import type { MemoryView } from '../views/memory/memory-view.ts';
import { aMerchant, dayOf } from '../views/view-fixtures.ts';

let app: FastifyInstance;
let memory: MemoryView;
let put: ApiFixture['put'];

beforeEach(async () => {
  ({ app, memory, put } = await openApi());
});

async function tagOf(path: string): Promise<string> {
  return String((await app.inject(BALANCES + path)).headers['etag']);
}

describe('entity tags', () => {
  test.each(['/2026-03-01', '/2026-03-02', '/latest', '?from=2026-03-01&to=2026-03-05'])(
    '%s: the tag that was given is answered with 304 and no body',
    async (path) => {
      const etag = await tagOf(path);
      expect(etag).toMatch(/^"[^"]+"$/);
      for (const given of [etag, `"other", ${etag}`, `W/${etag}`, '*']) {
        const answer = await app.inject({ url: BALANCES + path, headers: { 'if-none-match': given } });
        expect([answer.statusCode, answer.body, answer.headers['etag']]).toEqual([304, '', etag]);
        expect(answer.headers).toHaveProperty('x-fluxo-revision');
      }
      const other = await app.inject({ url: BALANCES + path, headers: { 'if-none-match': '"other"' } });
      expect(other.statusCode).toBe(200);
    },
  );

  test.each(['/2026-03-01', '/2026-03-02', '/latest', '?from=2026-03-01&to=2026-03-05'])(
    '%s: closing the day changes the tag, though no document was written',
    async (path) => {
      const before = await tagOf(path);
      memory.applyMerchant(aMerchant({ revision: 6, closedThrough: dayOf('2026-03-04') }));
      expect(await tagOf(path)).not.toBe(before);
    },
  );

  test('a filled day that gets a document, and one whose calendar changes, get other tags', async () => {
    const [filled, later] = [await tagOf('/2026-03-02'), await tagOf('/2026-03-09')];
    put({ businessDate: dayOf('2026-03-02'), revision: 6 });
    memory.applyMerchant(
      aMerchant({
        revision: 7,
        calendar: [{ effectiveFrom: dayOf('2026-01-01'), zone: 'UTC', cutoffMinutes: 0 }],
      }),
    );
    expect(await tagOf('/2026-03-02')).not.toBe(filled);
    expect(await tagOf('/2026-03-09')).not.toBe(later);
  });

  test('a document of a new revision gets a new body and a new tag at once', async () => {
    const before = await tagOf('/2026-03-01');
    put({ businessDate: dayOf('2026-03-01'), revision: 9, cutoffMinutes: 300 });
    const answer = await app.inject(`${BALANCES}/2026-03-01`);
    expect(answer.json()).toMatchObject({ revision: 9, cutoffMinutes: 300 });
    expect(answer.headers['etag']).not.toBe(before);
  });
});

describe('minRevision', () => {
  test('what has arrived is answered at once', async () => {
    const answer = await app.inject(`${BALANCES}/2026-03-01?minRevision=5`);
    expect(answer.headers).toMatchObject({ 'x-fluxo-fresh': 'true', 'x-fluxo-revision': '2' });
  });

  test('an answer waits for the revision and is sent when it arrives', async () => {
    const answer = app.inject(`${BALANCES}/2026-03-04?minRevision=6`);
    setTimeout(() => put({ businessDate: dayOf('2026-03-04'), revision: 6 }), 50);
    expect((await answer).headers).toMatchObject({ 'x-fluxo-fresh': 'true', 'x-fluxo-revision': '6' });
  });

  test('a merchant created a moment ago is waited for', async () => {
    const answer = app.inject('/v1/merchants/m-2?minRevision=1');
    setTimeout(() => memory.applyMerchant(aMerchant({ merchantId: 'm-2' })), 50);
    expect((await answer).statusCode).toBe(200);
  });

  test('after two seconds the answer is what there is, and says that it is not fresh', async () => {
    const startedMs = performance.now();
    const answer = await app.inject(`${BALANCES}/2026-03-04?minRevision=6`);
    expect(performance.now() - startedMs).toBeGreaterThan(1_900);
    expect(answer.headers).toMatchObject({ 'x-fluxo-fresh': 'false', 'x-fluxo-revision': '5' });
    expect(answer.json()).toMatchObject({ revision: 5 });
  });
});
