/**
 * The entries API on a real Postgres: what is accepted, and what is refused and where it is wrong (reliability.md section 4).
 * Needs Postgres.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { anEntry, type Call, EntriesScene } from './entries-scene.ts';

jest.setTimeout(120_000);

const ID = '11111111-0000-4000-8000-000000000001';
const OTHER_ID = '11111111-0000-4000-8000-000000000002';

let scene: EntriesScene;
beforeAll(async () => {
  scene = await EntriesScene.open();
});
afterAll(async () => scene.close());
beforeEach(async () => {
  await scene.empty();
  scene.failures.splice(0);
});

const entry = (change: object = {}, call: Partial<Call> = {}) =>
  scene.call({ path: 'm-1/entries', body: { ...anEntry, ...change }, ...call });

describe('accepting', () => {
  const instant = Date.UTC(2026, 10, 24, 13);
  const made = {
    merchantId: 'm-1',
    submittedAt: expect.any(Number),
    source: { system: 'entries-api', deviceId: null, sequence: null },
  };
  const settings = {
    name: 'Loja',
    zone: 'America/Sao_Paulo',
    cutoffMinutes: 240,
    effectiveFrom: '2026-01-01',
    lateEntries: 'REJECT',
    backdateLimitDays: 30,
    accounts: [{ accountId: 'drawer', name: 'Caixa', type: 'DRAWER', currency: 'BRL' }],
  };
  const { occurredAt } = anEntry;
  const transfer = {
    fromAccountId: 'drawer',
    toAccountId: 'safe',
    amountMinor: 1,
    currency: 'BRL',
    occurredAt,
    purpose: 'SANGRIA',
  };

  test.each([
    [
      'an entry',
      { path: 'm-1/entries', body: { ...anEntry, entryId: ID } },
      'EntrySubmitted',
      { ...anEntry, entryId: ID, occurredAt: instant, description: null, externalId: null },
    ],
    [
      'a transfer',
      { path: 'm-1/transfers', body: { ...transfer, entryId: ID } },
      'TransferSubmitted',
      { ...transfer, entryId: ID, occurredAt: instant, description: null },
    ],
    [
      'a reversal',
      { path: `m-1/entries/${OTHER_ID}/reversal`, body: { entryId: ID, reason: 'errado', occurredAt } },
      'ReversalSubmitted',
      { entryId: ID, reversesEntryId: OTHER_ID, reason: 'errado', occurredAt: instant },
    ],
    [
      'a closing',
      {
        path: 'm-1/days/2026-11-24/close',
        body: { requestId: ID, requestedBy: 'ana', counts: [{ accountId: 'drawer', countedMinor: -5 }] },
      },
      'DayCloseRequested',
      {
        requestId: ID,
        businessDate: '2026-11-24',
        requestedBy: 'ana',
        counts: [{ accountId: 'drawer', countedMinor: -5 }],
      },
    ],
    [
      'a reopening',
      { path: 'm-1/days/2026-11-24/reopen', body: { requestId: ID, requestedBy: 'ana', reason: 'x' } },
      'DayReopenRequested',
      { requestId: ID, businessDate: '2026-11-24', requestedBy: 'ana', reason: 'x' },
    ],
    [
      'settings',
      { method: 'PUT', path: 'm-1', body: { ...settings, configId: ID } },
      'MerchantConfigured',
      { ...settings, configId: ID },
    ],
  ] as const)(
    '%s is answered 202 with its address, and waits for a relay',
    async (_name, call, type, fields) => {
      const { status, body, headers } = await scene.call(call);
      const address = `/v1/merchants/m-1/submissions/${ID}`;
      expect([status, headers['location']]).toEqual([202, address]);
      expect(body).toEqual({ merchantId: 'm-1', submissionId: ID, type, state: 'accepted', status: address });
      expect(await scene.outbox()).toEqual([{ type, value: { ...made, ...fields } }]);
      expect(await scene.call({ method: 'GET', path: `m-1/submissions/${ID}` })).toMatchObject({
        status: 200,
        body,
      });
    },
  );

  test('an id that was not given is made, and the answer names it', async () => {
    const { body } = await entry();
    const [row] = await scene.outbox();
    expect(body['submissionId']).toMatch(/^[0-9a-f-]{36}$/);
    expect(row?.value['entryId']).toBe(body['submissionId']);
  });

  test('settings with an account in a currency of ISO 4217 that Node does not know', async () => {
    const accounts = [...settings.accounts, { accountId: 'uf', name: 'UF', type: 'BANK', currency: 'CLF' }];
    const { status } = await scene.call({ method: 'PUT', path: 'm-1', body: { ...settings, accounts } });
    expect([status, await scene.outbox()]).toMatchObject([202, [{ value: { accounts } }]]);
  });

  test('a batch has a result for each entry, and keeps those that are right, in order', async () => {
    const entries = [
      { ...anEntry, entryId: ID },
      { ...anEntry, amountMinor: 0 },
      { ...anEntry, direction: 'DEBIT' },
      'no entry',
      { ...anEntry, entryId: OTHER_ID },
    ];
    const { status, body } = await scene.call({ path: 'm-1/entries:batch', body: { entries } });
    expect(status).toBe(207);
    expect(body).toMatchObject({
      results: [
        { status: 202, submission: { submissionId: ID, state: 'accepted' } },
        { status: 400, code: 'body-invalid', errors: [{ pointer: '/amountMinor' }] },
        { status: 400, errors: [{ pointer: '/direction' }] },
        { status: 400, errors: [{ pointer: '' }] },
        { status: 202, submission: { submissionId: OTHER_ID } },
      ],
    });
    expect((await scene.outbox()).map(({ value }) => value['entryId'])).toEqual([ID, OTHER_ID]);
  });

  test('a batch of 501 is refused, one of 500 long ones is taken', async () => {
    const entries = (count: number) =>
      Array.from({ length: count }, () => ({ ...anEntry, description: 'é'.repeat(512) }));
    expect((await scene.call({ path: 'm-1/entries:batch', body: { entries: entries(501) } })).status).toBe(
      400,
    );
    expect((await scene.call({ path: 'm-1/entries:batch', body: { entries: entries(500) } })).status).toBe(
      207,
    );
    expect(await scene.outbox()).toHaveLength(500);
  });
});

describe('a body that is wrong', () => {
  const raw = (text: string) => scene.call({ path: 'm-1/entries', body: text });
  const withAmount = (amount: string) =>
    JSON.stringify({ ...anEntry, amountMinor: 0 }).replace('"amountMinor":0', `"amountMinor":${amount}`);

  test.each([
    'null',
    'true',
    '[5]',
    '12.5',
    '12.0',
    '1e3',
    '"12"',
    '-1',
    '0',
    '1000000000001',
    '9007199254740993',
  ])('amountMinor %s is refused at its place', async (amount) => {
    const { status, body } = await raw(withAmount(amount));
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'body-invalid', errors: [{ in: 'body', pointer: '/amountMinor' }] });
    expect(await scene.outbox()).toEqual([]);
  });

  test.each([
    ['an unknown currency', { currency: 'BRX' }, '/currency'],
    ['no account', { accountId: undefined }, '/accountId'],
    ['an extra field', { amount: 1 }, '/amount'],
    ['a path into a field', { accountId: '../x' }, '/accountId'],
    ['a kind in the wrong direction', { kind: 'REFUND' }, '/direction'],
    ['an upper-case id', { entryId: ID.toUpperCase().replaceAll('1', 'A') }, '/entryId'],
    ['30 February', { occurredAt: '2026-02-30T10:00:00Z' }, '/occurredAt'],
    ['an instant without an offset', { occurredAt: '2026-02-28T10:00:00' }, '/occurredAt'],
    ['a description that is too long', { description: 'x'.repeat(513) }, '/description'],
    ['null where nothing may stand', { description: null }, '/description'],
  ])('%s is refused at its place', async (_name, change, pointer) => {
    const { status, body } = await entry(change);
    expect([status, body['errors']]).toMatchObject([400, [{ pointer }]]);
    expect(await scene.outbox()).toEqual([]);
  });

  test.each([
    ['duplicate keys', '{"accountId":"a","accountId":"b"}', '/accountId'],
    ['__proto__', '{"__proto__":{}}', '/__proto__'],
    ['nesting', '['.repeat(30) + ']'.repeat(30), '/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0'],
    ['half a character', '{"description":"\\ud800"}', '/description'],
    ['U+0000', '{"description":"\\u0000"}', '/description'],
    ['a byte order mark', '\uFEFF{}', ''],
    ['something behind it', '{} {}', ''],
    ['nothing', '', undefined],
  ])('%s is refused', async (_name, text, pointer) => {
    const { status, body } = await raw(text);
    expect(status).toBe(400);
    if (pointer !== undefined) expect(body['errors']).toMatchObject([{ pointer }]);
  });

  test('64 KiB are taken, more are 413; another content type is 415; no content type too', async () => {
    const padded = (length: number) => `${JSON.stringify(anEntry)}${' '.repeat(length)}`;
    const room = 64 * 1024 - JSON.stringify(anEntry).length;
    expect((await raw(padded(room))).status).toBe(202);
    expect(await raw(padded(room + 1))).toMatchObject({ status: 413, body: { code: 'body-too-large' } });
    const headers = { 'content-type': 'text/plain' };
    expect(await entry({}, { headers })).toMatchObject({
      status: 415,
      body: { code: 'content-type-unknown' },
    });
  });

  test('an amount in another currency than the account has is refused, as far as the account is known', async () => {
    await scene.database.query(
      'fluxo_sink',
      `INSERT INTO fluxo.merchant_accounts VALUES ('m-cur', 0, 'drawer', 'Caixa', 'DRAWER', 'BRL')`,
    );
    const call = (change: object) => scene.call({ path: 'm-cur/entries', body: { ...anEntry, ...change } });
    expect(await call({ currency: 'USD' })).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/currency' }] },
    });
    expect((await call({})).status).toBe(202);
    expect((await call({ currency: 'USD', accountId: 'new' })).status).toBe(202);
  });

  test.each([
    ['m-1/days/2026-02-30/close', 'date'],
    ['m-1/days/2026-13-01/close', 'date'],
    [`${'m'.repeat(65)}/days/2026-01-01/close`, 'merchantId'],
    ['m%2F1/days/2026-01-01/close', 'merchantId'],
  ])('the address %s is refused, naming %s', async (path, parameter) => {
    const { status, body } = await scene.call({ path, body: { requestedBy: 'ana' } });
    expect([status, body['code'], body['errors']]).toMatchObject([
      400,
      'parameter-invalid',
      [{ in: 'path', parameter }],
    ]);
  });

  test('no answer repeats what it was sent, and each carries a code and the name of the request', async () => {
    const { body, headers } = await entry({ description: 1, secret: 'canary-7' });
    expect(headers['content-type']).toBe('application/problem+json');
    expect(body).toMatchObject({
      type: 'about:blank',
      code: 'body-invalid',
      requestId: headers['x-request-id'],
    });
    expect(JSON.stringify(body)).not.toContain('canary-7');
    expect(await scene.call({ path: 'm-1/nowhere', body: {} })).toMatchObject({
      status: 404,
      body: { code: 'route-unknown' },
    });
    expect(scene.failures).toEqual([]);
  });
});

test('the OpenAPI document lists every address', async () => {
  const answer = await scene.app.inject('/openapi.json');
  const { paths } = JSON.parse(answer.body) as { paths: Record<string, object> };
  const addresses = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  );
  expect(addresses.filter((address) => address.includes('/v1/'))).toEqual([
    'post /v1/merchants/{merchantId}/entries',
    'post /v1/merchants/{merchantId}/transfers',
    'post /v1/merchants/{merchantId}/entries/{entryId}/reversal',
    'post /v1/merchants/{merchantId}/days/{date}/close',
    'post /v1/merchants/{merchantId}/days/{date}/reopen',
    'put /v1/merchants/{merchantId}',
    'post /v1/merchants/{merchantId}/entries:batch',
    'get /v1/merchants/{merchantId}/submissions/{submissionId}',
  ]);
});
