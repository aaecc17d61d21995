/**
 * The page's back end on a whole stack: people sign in by the real provider, see the query API's figures, enter and are shown live what came of
 * it; and nobody gets past it who comes from another site, with another's sign-in, or for another's merchant. No token is in anything a
 * browser gets, nor in a log.
 */
import { demoPeople, type PersonId } from '@fluxo/identity';
import type {
  BalanceBody,
  BalanceRangeBody,
  DayPageBody,
  EntryListBody,
  MonthPageBody,
  ProblemBody,
  SessionBody,
} from '@fluxo/schemas';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { anEntry, BffScene, nameIn, nextEvent, SESSION_COOKIE, SIGN_IN_COOKIE } from './bff-scene.ts';

jest.setTimeout(240_000);
let scene: BffScene;
beforeAll(async () => {
  scene = await BffScene.open();
});
afterAll(() => scene.close());

async function codeOf(answer: Response): Promise<string> {
  return ((await answer.json()) as ProblemBody).code;
}

describe('signing in', () => {
  test.each<[PersonId, Partial<SessionBody>]>([
    ['manager', { isOperator: false, scopes: ['balances:read', 'entries:write', 'days:close'] }],
    ['operator', { isOperator: true, scopes: demoPeople.operator.scopes, merchants: [] }],
  ])('%s ends where it began, and the page learns what to offer', async (person, expected) => {
    const browser = scene.newBrowser();
    const end = await browser.signIn(person, '/m/sim-0001/today?tab=1');
    expect(end.href).toBe(`${scene.stack.addresses.bff}/m/sim-0001/today?tab=1`);
    const { body } = await browser.get<SessionBody>('/api/session');
    expect(body).toMatchObject({ ...expected, person: { id: person } });
    expect(body.person.name).toMatch(/^(?:Marina|Olga), /);
  });

  test('the owner’s merchants have their names', async () => {
    const { body } = await (await scene.signedIn('owner')).get<SessionBody>('/api/session');
    expect(body.merchants.map(({ merchantId }) => merchantId)).toEqual(['sim-0001', 'sim-0002', 'sim-0003']);
    for (const { name } of body.merchants) expect(name).not.toBeNull();
  });

  test('cookies are for this host, its scripts cannot read them, and other sites cannot have them sent', async () => {
    const browser = await scene.signedIn('manager');
    const given = (name: string) =>
      browser.setCookies
        .filter((cookie) => cookie.startsWith(`${name}=`))
        .map((cookie) => cookie.split('; ').slice(1));
    expect(given(SESSION_COOKIE)).toEqual([['Path=/', 'HttpOnly', 'Secure', 'SameSite=Strict']]);
    expect(given(SIGN_IN_COOKIE)[0]).toEqual(['Max-Age=600', 'Path=/', 'HttpOnly', 'Secure', 'SameSite=Lax']);
    expect(nameIn(browser)).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(browser.cookies.has(SIGN_IN_COOKIE)).toBe(false);
  });

  test('signing in again gives the session another name, and the former counts no more', async () => {
    const browser = await scene.signedIn('manager');
    const former = nameIn(browser);
    await browser.signIn('manager');
    expect(nameIn(browser)).not.toBe(former);
    const cookie = `${SESSION_COOKIE}=${former}`;
    expect((await fetch(`${scene.stack.addresses.bff}/api/session`, { headers: { cookie } })).status).toBe(
      401,
    );
    expect((await browser.get('/api/session')).status).toBe(200);
  });

  test.each([
    '//evil.example',
    '/\\evil.example',
    'https://evil.example/',
    '/\t/evil.example',
    'javascript:alert(1)',
    'm/today',
    '',
  ])('returnTo=%j goes nowhere', async (returnTo) => {
    const answer = await scene.newBrowser().send(`/auth/login?returnTo=${encodeURIComponent(returnTo)}`);
    expect([answer.status, await codeOf(answer)]).toEqual([400, 'parameter-invalid']);
  });
});

describe('a sign-in that is not this browser’s own is refused', () => {
  test('with another’s state', async () => {
    const [mine, theirs] = [scene.newBrowser(), scene.newBrowser()];
    await mine.callbackOf('manager');
    const answer = await mine.send(await theirs.callbackOf('owner'));
    expect([answer.status, await codeOf(answer)]).toEqual([400, 'sign-in-invalid']);
    expect(mine.cookies.has(SESSION_COOKIE)).toBe(false);
  });

  test.each([{ nonce: 'another' }, { codeVerifier: 'v'.repeat(43) }])(
    'with another secret than it began with: %j',
    async (other) => {
      const browser = scene.newBrowser();
      const callback = await browser.callbackOf('manager');
      const name = nameIn(browser, SIGN_IN_COOKIE);
      const transaction = await scene.store.takeSignIn(name);
      if (transaction === null) throw new Error('there is no sign-in');
      await scene.store.beginSignIn(name, { ...transaction, ...other });
      const answer = await browser.send(callback);
      expect([answer.status, await codeOf(answer)]).toEqual([400, 'sign-in-invalid']);
    },
  );

  test('a second time, even by a browser that kept the cookie', async () => {
    const browser = scene.newBrowser();
    const callback = await browser.callbackOf('manager');
    const kept = nameIn(browser, SIGN_IN_COOKIE);
    expect((await browser.send(callback)).status).toBe(302);
    browser.cookies.set(SIGN_IN_COOKIE, kept);
    const answer = await browser.send(callback);
    expect([answer.status, await codeOf(answer)]).toEqual([400, 'sign-in-invalid']);
  });

  test('by a browser that began none', async () => {
    const callback = await scene.newBrowser().callbackOf('manager');
    const answer = await scene.newBrowser().send(callback);
    expect([answer.status, await codeOf(answer)]).toEqual([400, 'sign-in-invalid']);
  });
});

describe('what the page shows', () => {
  test('a day is the query API’s merchant and balance, and today the merchant’s own', async () => {
    const browser = await scene.signedIn('owner');
    for (const merchantId of ['sim-0001', 'sim-0002', 'sim-0003']) {
      const { body } = await browser.get<DayPageBody>(`/api/day/${merchantId}/today`);
      expect(body.merchant).toEqual(await scene.fromQueryApi(browser, merchantId));
      const balance = (await scene.fromQueryApi(
        browser,
        `${merchantId}/balances/${body.today}`,
      )) as BalanceBody;
      expect(body.balance).toEqual(balance);
      const entries = `${merchantId}/entries?businessDate=${body.today}&limit=50`;
      expect(body.entries).toMatchObject({ state: 'ok', value: await scene.fromQueryApi(browser, entries) });
      expect(body.freshness).toMatchObject({ tier: 'memory', revision: balance.revision });
      expect(Date.parse(body.nextDayStart)).toBeGreaterThan(Date.now());
      const named = await browser.get<DayPageBody>(`/api/day/${merchantId}/${body.today}`);
      expect(named.body.balance).toEqual(balance);
    }
  });

  test('a month is the query API’s days up to today; one that has not begun has none', async () => {
    const browser = await scene.signedIn('manager');
    const { today } = (await browser.get<DayPageBody>('/api/day/sim-0001/today')).body;
    const month = today.slice(0, 7);
    const { body } = await browser.get<MonthPageBody>(`/api/month/sim-0001/${month}`);
    const range = `sim-0001/balances?from=${month}-01&to=${today}`;
    expect(body.days).toEqual(((await scene.fromQueryApi(browser, range)) as BalanceRangeBody).days);
    expect(body.days.length).toBe(Number(today.slice(8)));
    expect((await browser.get<MonthPageBody>('/api/month/sim-0001/current')).body.days).toEqual(body.days);
    expect((await browser.get<MonthPageBody>('/api/month/sim-0001/2026-02')).body.days).toHaveLength(28);
    expect((await browser.get<MonthPageBody>('/api/month/sim-0001/2099-12')).body.days).toEqual([]);
  });

  test('what stands in the ledger is passed on with the parameters that the page may name', async () => {
    const browser = await scene.signedIn('owner');
    const { today } = (await browser.get<DayPageBody>('/api/day/sim-0001/today')).body;
    const page = (await browser.get<EntryListBody>('/api/entries/sim-0001?limit=2&direction=CREDIT')).body;
    expect([page.entries.length, page.head >= (page.entries[0]?.ledgerSeq ?? NaN)]).toEqual([2, true]);
    const alike = await scene.fromQueryApi(browser, 'sim-0001/entries?limit=2&direction=CREDIT');
    expect(page.entries).toEqual((alike as Pick<EntryListBody, 'entries'>).entries);
    const cursor = encodeURIComponent(page.nextCursor ?? '');
    const further = `entries/sim-0001?limit=2&direction=CREDIT&cursor=${cursor}`;
    expect((await browser.get<EntryListBody>(`/api/${further}`)).body.entries).toHaveLength(2);
    const id = page.entries[0]?.entryId ?? '';
    const same = [
      [`/api/entries/sim-0001/${id}`, `sim-0001/entries/${id}`],
      [`/api/days/sim-0001/${today}`, `sim-0001/days/${today}`],
      [
        `/api/summary/sim-0001?from=${today}&to=${today}&groupBy=kind`,
        `sim-0001/summary?from=${today}&to=${today}&groupBy=kind`,
      ],
    ] as const;
    for (const [ours, theirs] of same)
      expect((await browser.get(ours)).body).toEqual(await scene.fromQueryApi(browser, theirs));
  });

  test('another’s merchant is answered as one that does not exist', async () => {
    const browser = await scene.signedIn('manager');
    const answersFor = async (merchantId: string) => {
      const paths = [
        `/api/day/${merchantId}/today`,
        `/api/day/${merchantId}/2026-03-01`,
        `/api/month/${merchantId}/2026-03`,
        `/api/live/${merchantId}/2026-03-01`,
        `/api/entries/${merchantId}`,
        `/api/summary/${merchantId}?from=2026-03-01&to=2026-03-02&groupBy=day`,
        `/api/days/${merchantId}/2026-03-01`,
        `/api/merchants/${merchantId}/submissions/0b0e4c3a-5d57-4d2a-9f0c-0d8e6a1f7b11`,
      ];
      const answers = [];
      for (const path of paths) {
        const { body } = await browser.get<ProblemBody>(path);
        answers.push({ ...body, requestId: '', detail: body.detail.replaceAll(merchantId, '*') });
      }
      const sent = { headers: { 'idempotency-key': 'k-1' }, body: {} };
      const { status, body } = await browser.command('POST', `/api/merchants/${merchantId}/entries`, sent);
      const detail = String(body['detail']).replaceAll(merchantId, '*');
      return [...answers, { status, ...body, requestId: '', detail }];
    };
    const others = await answersFor('sim-0002');
    expect(others).toEqual(await answersFor('nobody'));
    expect(new Set(others.map(({ status }) => status))).toEqual(new Set([404]));
  });

  test.each([
    '/api/day/%2e%2e/today',
    '/api/day/a%2fb/today',
    '/api/day/sim-0001/2026-02-30',
    '/api/month/sim-0001/2026-13',
    '/api/entries/sim-0001?extra=1',
    '/api/live/sim-0001/today',
  ])('%s is refused', async (path) => {
    const { status } = await (await scene.signedIn('manager')).get(path);
    expect([400, 404]).toContain(status);
  });
});

describe('a command', () => {
  test('is on every screen that shows the day, whoever looks', async () => {
    const [enters, looks] = [await scene.signedIn('manager'), await scene.signedIn('owner')];
    const { body: day } = await enters.get<DayPageBody>('/api/day/sim-0001/today');
    const over = new AbortController();
    const lines = [enters, looks].map((browser) =>
      browser.events(`/api/live/sim-0001/${day.today}`, over.signal),
    );
    for (const line of lines) expect((await line.next()).value).toMatchObject({ event: 'today' });
    for (const line of lines) await nextEvent(line, 'balance');
    const sent = { headers: { 'idempotency-key': crypto.randomUUID() }, body: anEntry(day, 1_234) };
    const send = () => enters.command('POST', '/api/merchants/sim-0001/entries', sent);
    const { status, body } = await send();
    expect([status, body['state']]).toEqual([202, 'accepted']);
    for (const line of lines) {
      const { value: event } = await line.next();
      if (event?.event !== 'balance') throw new Error(`not a balance: ${JSON.stringify(event)}`);
      expect(event.id).toBe(String(event.data.balance.revision));
      expect(event.data.balance).toEqual(
        await scene.fromQueryApi(looks, `sim-0001/balances/${day.today}?minRevision=${event.id}`),
      );
      expect(event.data.balance.revision).toBeGreaterThan(day.balance.revision);
    }
    over.abort();
    const again = await send();
    expect([again.status, again.body]).toEqual([status, body]);
    const place = `/api/merchants/sim-0001/submissions/${String(body['submissionId'])}`;
    const state = async () => (await enters.get<{ state: string }>(place)).body.state;
    while ((await state()) === 'accepted') await new Promise((go) => setTimeout(go, 50)); // Postgres is later than memory
    expect(await state()).toBe('posted');
  });

  test('that the entries API refuses has its words, and needs what it needs', async () => {
    const browser = await scene.signedIn('manager');
    const entries = '/api/merchants/sim-0001/entries';
    const { body: day } = await browser.get<DayPageBody>('/api/day/sim-0001/today');
    const keyless = await browser.command('POST', entries, { body: anEntry(day, 1) });
    expect([keyless.status, keyless.body['code']]).toEqual([400, 'idempotency-key-missing']);
    const headers = { 'idempotency-key': 'k-2' };
    const wrong = await browser.command('POST', entries, { headers, body: { amountMinor: 12.5 } });
    expect([wrong.status, wrong.body['code']]).toEqual([400, 'body-invalid']);
    const reopen = '/api/merchants/sim-0001/days/2026-03-01/reopen';
    const forbidden = await browser.command('POST', reopen, { headers, body: {} });
    expect(forbidden).toMatchObject({ status: 403, body: { code: 'scope-missing' } });
    const huge = await browser.command('POST', entries, { headers, body: { text: 'x'.repeat(70_000) } });
    expect([huge.status, huge.body['code']]).toEqual([413, 'body-too-large']);
    const form = { headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' }, body: {} };
    expect((await browser.command('POST', entries, form)).body['code']).toBe('content-type-unknown');
  });

  test('that closes a day is signed with the name of who is signed in', async () => {
    const browser = await scene.signedIn('manager');
    const { person } = (await browser.get<SessionBody>('/api/session')).body;
    const path = '/api/merchants/sim-0001/days/2020-01-01/close';
    for (const [name, status] of [['The owner', 403] as const, [person.name, 202] as const]) {
      const body = { requestId: crypto.randomUUID(), requestedBy: name, counts: [] };
      const sent = { headers: { 'idempotency-key': `k-${status}` }, body };
      expect(await browser.command('POST', path, sent)).toMatchObject({ status });
    }
  });

  test.each<[string, Readonly<Record<string, string>>, number, string]>([
    ['of another site', { origin: 'https://evil.example' }, 403, 'origin-foreign'],
    ['of a page in a sandbox', { origin: 'null' }, 403, 'origin-foreign'],
    ['without the CSRF token', { 'x-csrf-token': '' }, 403, 'csrf-token-invalid'],
    ['with another session’s CSRF token', { 'x-csrf-token': 'A'.repeat(43) }, 403, 'csrf-token-invalid'],
  ])('%s changes nothing', async (_, headers, status, code) => {
    const browser = await scene.signedIn('owner');
    for (const path of [
      '/api/merchants/sim-0001/entries',
      '/api/merchants/sim-0001/days/2026-03-01/close',
      '/auth/logout',
    ]) {
      const sent = { headers: { 'idempotency-key': 'k-3', ...headers }, body: {} };
      const answer = await browser.command('POST', path, sent);
      expect([path, answer.status, answer.body['code']]).toEqual([path, status, code]);
    }
    expect((await browser.get('/api/session')).status).toBe(200);
  });

  test('without a session is nobody’s', async () => {
    const { status, body } = await scene.newBrowser().command('POST', '/api/merchants/sim-0001/entries', {});
    expect([status, body['code']]).toEqual([401, 'signed-out']);
  });
});

describe('a session', () => {
  test('whose token ends is renewed once, however many requests need it', async () => {
    const browser = await scene.signedIn('owner');
    const renewedBy = async () => {
      const before = await scene.sessionOf(browser);
      const ending = { ...before, tokens: { ...before.tokens, accessEndsAtMs: Date.now() + 1_000 } };
      await scene.store.replace(nameIn(browser), ending);
      const answers = Array.from({ length: 12 }, () => browser.get('/api/day/sim-0002/today'));
      expect(new Set((await Promise.all(answers)).map(({ status }) => status))).toEqual(new Set([200]));
      const after = await scene.sessionOf(browser);
      expect(after.tokens.refresh).not.toBe(before.tokens.refresh);
      expect(after.csrfToken).toBe(before.csrfToken);
    };
    await renewedBy();
    // A refresh token used twice would have ended everything the provider gave.
    await renewedBy();
  });

  test('ends with its tokens and its live lines, and nothing brings it back', async () => {
    const [browser, bystander] = [await scene.signedIn('owner'), await scene.signedIn('manager')];
    const { tokens: own } = await scene.sessionOf(browser);
    const { today } = (await browser.get<DayPageBody>('/api/day/sim-0001/today')).body;
    const over = AbortSignal.timeout(60_000);
    const path = `/api/live/sim-0001/${today}`;
    const [line, other] = [browser.events(path, over), bystander.events(path, over)];
    await Promise.all([nextEvent(line, 'balance'), nextEvent(other, 'balance')]);
    const name = nameIn(browser);
    const { status, body } = await browser.command('POST', '/auth/logout');
    expect([status, browser.cookies.has(SESSION_COOKIE)]).toEqual([200, false]);
    expect(await line.next()).toEqual({ done: true, value: undefined });
    browser.cookies.set(SESSION_COOKIE, name);
    expect((await browser.get('/api/session')).status).toBe(401);
    const basic = Buffer.from(`fluxo-bff:${scene.clientSecrets()['fluxo-bff']}`);
    const renewal = await fetch(`${scene.stack.addresses.identity}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${basic.toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: own.refresh }),
    });
    expect([renewal.status, await renewal.json()]).toMatchObject([400, { error: 'invalid_grant' }]);
    const end = await browser.send(String(body['continueAt']));
    expect([end.status, await end.text()]).toEqual([200, expect.stringContaining('Sign out')]);
    // The bystander's line is still there, and shows what comes.
    const { body: day } = await bystander.get<DayPageBody>(`/api/day/sim-0001/${today}`);
    const sent = { headers: { 'idempotency-key': crypto.randomUUID() }, body: anEntry(day, 1) };
    await bystander.command('POST', '/api/merchants/sim-0001/entries', sent);
    await nextEvent(other, 'balance');
    await other.return(undefined);
  });

  test('that ended elsewhere loses its line too', async () => {
    const browser = await scene.signedIn('manager');
    const { today } = (await browser.get<DayPageBody>('/api/day/sim-0001/today')).body;
    const line = browser.events(`/api/live/sim-0001/${today}`, AbortSignal.timeout(60_000));
    await nextEvent(line, 'balance');
    await scene.store.remove(nameIn(browser));
    expect(await line.next()).toEqual({ done: true, value: undefined });
  });

  test('keeps so many pages up to date, and no more; a line that comes back begins with what is newest', async () => {
    const browser = await scene.signedIn('manager');
    const { today } = (await browser.get<DayPageBody>('/api/day/sim-0001/today')).body;
    const over = new AbortController();
    const open = (id?: string) => browser.events(`/api/live/sim-0001/${today}`, over.signal, id);
    const watched = open();
    const lines = [watched, ...Array.from({ length: 11 }, () => open())];
    const [first] = await Promise.all(lines.map((line) => nextEvent(line, 'balance')));
    await expect(open().next()).rejects.toThrow('too-many-live-connections');
    await lines[1]?.return(undefined);
    const { body: day } = await browser.get<DayPageBody>(`/api/day/sim-0001/${today}`);
    const sent = { headers: { 'idempotency-key': crypto.randomUUID() }, body: anEntry(day, 2) };
    await browser.command('POST', '/api/merchants/sim-0001/entries', sent);
    const shown = await nextEvent(watched, 'balance');
    await watched.return(undefined);
    const back = await nextEvent(open(first?.id ?? undefined), 'balance');
    expect(Number(back.id)).toBeGreaterThanOrEqual(Number(shown.id));
    over.abort();
  });
});

test('no token and no secret is in any answer, any cookie or any log', async () => {
  const secrets = await scene.secrets();
  expect(secrets.length).toBeGreaterThan(20);
  const names = scene.browsers.flatMap(({ cookies }) => [...cookies.values()]);
  const found = (text: string, words: readonly string[]) => words.filter((word) => text.includes(word));
  for (const { answers, setCookies } of scene.browsers) {
    expect(found(answers.join('\n'), [...secrets, ...names])).toEqual([]);
    expect(found(setCookies.join('\n'), secrets)).toEqual([]);
  }
  for (const [file, text] of scene.logs())
    expect([file, found(text, [...secrets, ...names])]).toEqual([file, []]);
});
