/** The routes of the ledger over one in arrays: pages and their cursors, headers, and how they say that the ledger cannot be read. */
import { MERCHANTS_CLAIM, ProviderKeys, TokenVerifier } from '@fluxo/identity';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { InjectOptions } from 'fastify';
import { AUDIENCE, TokenIssuer } from '../../testing/token-issuer.ts';
import { type ApiFixture, BALANCES, openApi } from '../api-fixture.ts';
import { LedgerUnavailableError, noLedger } from '../views/ledger-view.ts';
import { aMerchant, dayOf, uuid } from '../views/view-fixtures.ts';

const ENTRIES = '/v1/merchants/m-1/entries';

let api: ApiFixture;

/** Sixty entries, the last one of 2026-03-05. */
function fill({ post, memory }: ApiFixture): void {
  for (let number = 3; number <= 61; number++)
    post({ ledgerSeq: number, entryId: uuid(number), accountId: number % 2 === 0 ? 'drawer' : 'safe' });
  memory.applyMerchant(aMerchant({ merchantId: 'm-2' }));
}

describe('a page', () => {
  beforeEach(async () => {
    api = await openApi();
    fill(api);
  });

  test('has fifty entries, newest first, unless another limit is asked for', async () => {
    const answer = (await api.app.inject(ENTRIES)).json();
    expect(answer.entries.map(({ ledgerSeq }: { ledgerSeq: number }) => ledgerSeq)).toEqual(
      Array.from({ length: 50 }, (_, place) => 61 - place),
    );
    expect((await api.app.inject(`${ENTRIES}?limit=60`)).json()).toMatchObject({ nextCursor: null });
    const rest = (await api.app.inject(`${ENTRIES}?limit=200&cursor=${answer.nextCursor}`)).json();
    expect([rest.entries.length, rest.nextCursor]).toEqual([10, null]);
  });

  test('says up to which record it speaks, and is not sent again to whoever has it', async () => {
    const answer = await api.app.inject(`${ENTRIES}?businessDate=2026-03-01&limit=1`);
    expect(answer.headers).toMatchObject({
      'x-fluxo-revision': '61',
      'x-fluxo-tier': 'postgres',
      'x-fluxo-recorded-at': '2026-03-01T15:30:00.123Z',
      'cache-control': 'no-cache',
    });
    const etag = answer.headers.etag as string;
    const headers = { 'if-none-match': etag };
    const again = { url: `${ENTRIES}?businessDate=2026-03-01&limit=1`, headers };
    expect((await api.app.inject(again)).statusCode).toBe(304);
    api.post({ ledgerSeq: 62, entryId: uuid(62), businessDate: dayOf('2026-03-01') });
    expect((await api.app.inject(again)).statusCode).toBe(200);
  });

  test('of a merchant nobody configured is 404', async () => {
    expect((await api.app.inject('/v1/merchants/m-9/entries')).json().code).toBe('merchant-unknown');
  });
});

describe('a cursor', () => {
  let issuer: TokenIssuer;
  beforeAll(async () => {
    issuer = await TokenIssuer.start();
    const keys = new ProviderKeys(issuer.url, () => undefined);
    api = await openApi(null, new TokenVerifier({ issuer: issuer.url, audience: AUDIENCE, keys }));
    fill(api);
  });
  afterAll(() => issuer.goAway());

  async function ask(url: string, sub = 'somebody') {
    const claims = { sub, [MERCHANTS_CLAIM]: ['m-1', 'm-2'] };
    const headers = { authorization: `Bearer ${await issuer.token({ claims })}` };
    return api.app.inject({ url, headers } satisfies InjectOptions);
  }

  test.each([
    ['the same listing, with another limit', `${ENTRIES}?accountId=safe&limit=5`, 'somebody', 200],
    ['another caller', `${ENTRIES}?accountId=safe&limit=2`, 'somebody-else', 400],
    ['another merchant', '/v1/merchants/m-2/entries?accountId=safe', 'somebody', 400],
    ['another filter', `${ENTRIES}?accountId=drawer`, 'somebody', 400],
    ['a wider filter', ENTRIES, 'somebody', 400],
    ['a narrower filter', `${ENTRIES}?accountId=safe&kind=SALE`, 'somebody', 400],
    ['another kind of listing', '/v1/merchants/m-1/balances/2026-03-01/explanation?limit=2', 'somebody', 400],
  ])('asked for with %s: %#', async (_name, url, sub, status) => {
    const { nextCursor } = (await ask(`${ENTRIES}?accountId=safe&limit=2`)).json();
    const separator = url.includes('?') ? '&' : '?';
    const answer = await ask(`${url}${separator}cursor=${nextCursor}`, sub);
    expect([answer.statusCode, answer.json().code]).toEqual([
      status,
      status === 200 ? undefined : 'cursor-invalid',
    ]);
  });
});

describe('a balance as it was known', () => {
  beforeEach(async () => {
    api = await openApi();
  });

  const isFresh = async (knownAt: string) => {
    const answer = await api.app.inject(`${BALANCES}/2026-03-01?knownAt=${knownAt}`);
    return [answer.statusCode, answer.headers['x-fluxo-fresh']];
  };

  test('at a record is fresh where the ledger reaches as far', async () => {
    expect(await isFresh('2')).toEqual([200, 'true']);
    expect(await isFresh('3')).toEqual([200, 'false']);
  });

  test('at an instant is fresh where the ledger goes on behind the instant, or has all that the balances have', async () => {
    const recordedAt = Date.UTC(2026, 2, 1, 16);
    api.post({ ledgerSeq: 3, recordedAt });
    expect(await isFresh('2026-03-01T15:59:59.999Z')).toEqual([200, 'true']);
    // More records of the same instant may be on their way.
    expect(await isFresh('2026-03-01T16:00:00Z')).toEqual([200, 'false']);
    expect(await isFresh('2026-03-01T16:00:00.001Z')).toEqual([200, 'false']);
    api.post({ ledgerSeq: 4, recordedAt });
    api.post({ ledgerSeq: 5, recordedAt });
    expect(await isFresh('2026-03-01T16:00:00.001Z')).toEqual([200, 'true']);
  });
});

describe('a ledger that cannot be read', () => {
  const addresses = [
    ENTRIES,
    `${ENTRIES}/${uuid(1)}`,
    '/v1/merchants/m-1/days/2026-03-01',
    '/v1/merchants/m-1/balances/2026-03-01/explanation',
    '/v1/merchants/m-1/balances/2026-03-01?knownAt=2',
  ];

  test.each(addresses)('is a 503 of its own at %s, and balances go on', async (url) => {
    const { app } = await openApi(null, 'off', noLedger);
    const answer = await app.inject(url);
    expect([answer.statusCode, answer.json().code, answer.headers['retry-after']]).toEqual([
      503,
      'ledger-unavailable',
      '1',
    ]);
    expect(answer.json().detail).toContain('FLUXO_POSTGRES');
    for (const other of ['/balances/2026-03-01', '', '/summary?from=2026-03-01&to=2026-03-04&groupBy=day'])
      expect((await app.inject(`/v1/merchants/m-1${other}`)).statusCode).toBe(200);
  });

  test('because it is not as far as the balance cannot explain it', async () => {
    const behind = { ledgerSeq: 1, recordedAt: null };
    const { app } = await openApi(null, 'off', {
      ...noLedger,
      balance: async () => ({ head: behind, value: {} as never }),
      entries: () => Promise.reject(new LedgerUnavailableError('asked for nothing')),
    });
    const answer = await app.inject('/v1/merchants/m-1/balances/2026-03-01/explanation');
    expect([answer.statusCode, answer.json().detail]).toEqual([503, expect.stringContaining('as far as')]);
  });
});
