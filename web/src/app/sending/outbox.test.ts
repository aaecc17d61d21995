import { provideHttpClient } from '@angular/common/http';
import {
  HttpTestingController,
  provideHttpClientTesting,
  type TestRequest,
} from '@angular/common/http/testing';
import { TestBed } from '@angular/core/testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Session } from '../api/session.ts';
import type { CommandState } from './command.ts';
import { keep, readKept } from './kept-commands.ts';
import { Outbox } from './outbox.ts';

const ENTRIES = '/api/merchants/padaria/entries';
const SUBMISSION_A = '/api/merchants/padaria/submissions/a';
const command = (id: string, amountMinor = 100) => ({
  id,
  idempotencyKey: `key-${id}`,
  kind: 'entry' as const,
  merchantId: 'padaria',
  method: 'POST' as const,
  path: '/entries',
  body: { entryId: id, amountMinor },
  amountMinor,
  currency: 'BRL',
  about: 'SALE',
});

let http: HttpTestingController;

/** Answers the page's question who is signed in. */
function signIn(person: string): void {
  http.expectOne('/api/session').flush({ person: { id: person, name: person }, scopes: [], merchants: [] });
}

const refuse = (request: TestRequest, status: number, code: string) =>
  request.flush({ code, detail: 'no' }, { status, statusText: code });

/** The page as it is opened by this person. */
async function open(person: string): Promise<Outbox> {
  TestBed.resetTestingModule();
  TestBed.configureTestingModule({ providers: [provideHttpClient(), provideHttpClientTesting()] });
  http = TestBed.inject(HttpTestingController);
  const loaded = TestBed.inject(Session).load();
  signIn(person);
  await loaded;
  const outbox = TestBed.inject(Outbox);
  TestBed.tick();
  return outbox;
}

const settle = () => vi.advanceTimersByTimeAsync(0);
const states = (outbox: Outbox) => outbox.commands().map(({ id, state }) => [id, state.name]);

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
});
afterEach(() => {
  vi.useRealTimers();
});

test('of what is posted the latest twenty stay, also on a page that is never left', async () => {
  const outbox = await open('marina');
  for (let index = 0; index < 25; index += 1) {
    outbox.put(command(`${index}`));
    http.expectOne(ENTRIES).flush({ state: 'posted', ledgerSeq: index, businessDate: '2026-11-27' });
    await settle();
  }
  outbox.put(command('waits'));
  const ids = outbox.commands().map(({ id }) => id);
  expect([ids.length, ids[0], ids.at(-1)]).toEqual([21, '5', 'waits']);
  expect(readKept('marina').map(({ id }) => id)).toEqual(ids);
});

test('what has no answer is sent again with the same key, before anything behind it', async () => {
  const outbox = await open('marina');
  outbox.put(command('a'));
  outbox.put(command('b'));
  http.expectOne(ENTRIES).error(new ProgressEvent('error'));
  await settle();
  expect(states(outbox)).toEqual([
    ['a', 'waiting'],
    ['b', 'waiting'],
  ]);
  await vi.advanceTimersByTimeAsync(600);
  const again = http.expectOne(ENTRIES);
  expect([again.request.headers.get('idempotency-key'), again.request.body]).toEqual([
    'key-a',
    { entryId: 'a', amountMinor: 100 },
  ]);
  again.flush({ state: 'posted', ledgerSeq: 7, businessDate: '2026-11-26' });
  await settle();
  expect(http.expectOne(ENTRIES).request.body).toEqual({ entryId: 'b', amountMinor: 100 });
  expect(states(outbox)).toEqual([
    ['a', 'posted'],
    ['b', 'waiting'],
  ]);
});

test('a refusal is final and keeps its code; what is behind it goes on', async () => {
  const outbox = await open('marina');
  outbox.put(command('a'));
  outbox.put(command('b'));
  http
    .expectOne(ENTRIES)
    .flush({ code: 'body-invalid', detail: 'no' }, { status: 400, statusText: 'Bad Request' });
  await settle();
  expect(outbox.find('a')?.state).toEqual({ name: 'refused', code: 'body-invalid', detail: 'no' });
  http.expectOne(ENTRIES).flush({ state: 'accepted' });
  await settle();
  expect(states(outbox)).toEqual([
    ['a', 'refused'],
    ['b', 'accepted'],
  ]);
  http.expectOne('/api/merchants/padaria/submissions/b').flush({ state: 'rejected', code: 'day-closed' });
  await settle();
  expect(outbox.find('b')?.state).toEqual({ name: 'refused', code: 'day-closed', detail: null });
});

test('a reload brings back what was waiting; another person neither sees nor sends it', async () => {
  const before = await open('marina');
  before.put(command('a'));
  http.expectOne(ENTRIES);
  const stranger = await open('otavio');
  await settle();
  expect(stranger.commands()).toEqual([]);
  http.expectNone(ENTRIES);
  const after = await open('marina');
  await settle();
  expect(states(after)).toEqual([['a', 'waiting']]);
  expect(http.expectOne(ENTRIES).request.headers.get('idempotency-key')).toBe('key-a');
});

test('windows side by side lose nothing of each other: what one enters, the other keeps, shows and sends', async () => {
  const outbox = await open('marina');
  outbox.put(command('a'));
  http.expectOne(ENTRIES).error(new ProgressEvent('error'));
  await settle();
  const madeAt = new Date(Date.now() + 1).toISOString();
  keep('marina', { ...command('b'), madeAt, state: { name: 'waiting', isUnsent: true } });
  await vi.advanceTimersByTimeAsync(2);
  outbox.put(command('c'));
  expect(readKept('marina').map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  dispatchEvent(new StorageEvent('storage', { key: 'fluxo.outbox.otavio/x' }));
  expect(outbox.commands()).toHaveLength(2);
  dispatchEvent(new StorageEvent('storage', { key: 'fluxo.outbox.marina/b' }));
  expect(states(outbox)).toEqual([
    ['a', 'waiting'],
    ['b', 'waiting'],
    ['c', 'waiting'],
  ]);
});

test('of what is posted only the latest are kept; nothing that waits or was refused is ever dropped', async () => {
  const posted = { name: 'posted' as const, ledgerSeq: 1, businessDate: null };
  const stateOf = (count: number): CommandState => {
    if (count < 13) return { name: 'waiting', isUnsent: true };
    return count < 15 ? { name: 'refused', code: 'day-closed', detail: null } : posted;
  };
  for (let count = 10; count < 40; count++)
    keep('marina', {
      ...command(`${count}`),
      madeAt: new Date(count).toISOString(),
      state: stateOf(count),
    });
  const kept = readKept('marina').map(({ id }) => Number(id));
  expect(kept).toEqual([10, 11, 12, 13, 14, ...Array.from({ length: 20 }, (_, index) => 20 + index)]);
  expect(localStorage).toHaveLength(25);
  localStorage.setItem('fluxo.outbox.marina/broken', '{');
  expect(readKept('marina')).toHaveLength(25);
});

test('a duplicated window sends the ids of its form a second time: another content gets others, the same counts once', async () => {
  const outbox = await open('marina');
  vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false);
  // From the other window, whose storage event has not come yet.
  keep('marina', {
    ...command('a', 1_000),
    madeAt: new Date(0).toISOString(),
    state: { name: 'waiting', isUnsent: true },
  });
  outbox.put(command('a', 1_000));
  outbox.put(command('a', 2_000));
  outbox.put(command('a', 3_000));
  vi.restoreAllMocks();
  const kept = readKept('marina');
  expect(new Set(kept.map(({ amountMinor }) => amountMinor))).toEqual(new Set([1_000, 2_000, 3_000]));
  expect(kept).toHaveLength(3);
  expect(new Set(kept.map(({ id }) => id)).size).toBe(3);
  expect(new Set(kept.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(3);
  for (const { id, amountMinor, body } of kept) expect(body).toEqual({ entryId: id, amountMinor });
});

test('an answer is about what was sent: a correction that came meanwhile from another window under the same id still waits', async () => {
  const outbox = await open('marina');
  outbox.put(command('a', 1_000));
  const late = http.expectOne(ENTRIES);
  const corrected = { ...command('a', 2_000), idempotencyKey: 'other' };
  keep('marina', {
    ...corrected,
    madeAt: new Date().toISOString(),
    state: { name: 'waiting', isUnsent: true },
  });
  dispatchEvent(new StorageEvent('storage', { key: 'fluxo.outbox.marina/a' }));
  late.flush({ code: 'body-invalid', detail: 'no' }, { status: 400, statusText: 'Bad Request' });
  await settle();
  expect(outbox.find('a')).toMatchObject({ amountMinor: 2_000, state: { name: 'waiting' } });
  expect(http.expectOne(ENTRIES).request.headers.get('idempotency-key')).toBe('other');
});

test('what has an id that is in the ledger for another submission is not shown as posted', async () => {
  const outbox = await open('marina');
  outbox.put(command('a'));
  http.expectOne(ENTRIES).flush({ state: 'accepted' });
  await settle();
  http.expectOne(SUBMISSION_A).flush({ state: 'duplicate', ledgerSeq: 7, businessDate: '2026-11-27' });
  await settle();
  expect(outbox.find('a')?.state).toEqual({ name: 'refused', code: 'duplicate', detail: null });
});

test.each(['csrf-token-invalid', 'origin-foreign'])(
  '%s judges the session, not the entry: the session is asked for anew, and the entry sent again',
  async (code) => {
    const outbox = await open('marina');
    outbox.put(command('a'));
    refuse(http.expectOne(ENTRIES), 403, code);
    await settle();
    signIn('marina');
    await vi.advanceTimersByTimeAsync(600);
    http.expectOne(ENTRIES).flush({ state: 'posted', ledgerSeq: 7, businessDate: '2026-11-26' });
    await settle();
    expect(states(outbox)).toEqual([['a', 'posted']]);
  },
);

test('nothing is sent in the name of who signed in meanwhile: it waits for its own person', async () => {
  const outbox = await open('marina');
  outbox.put(command('a'));
  outbox.put(command('b'));
  refuse(http.expectOne(ENTRIES), 400, 'body-invalid');
  const loaded = TestBed.inject(Session).load();
  signIn('otavio');
  await loaded;
  await settle();
  TestBed.tick();
  await vi.advanceTimersByTimeAsync(60_000);
  http.expectNone(ENTRIES);
  expect(outbox.commands()).toEqual([]);
  expect(readKept('marina').map(({ state }) => state.name)).toEqual(['refused', 'waiting']);
});

test('a refusal after an attempt without an answer is believed only if that attempt was not accepted', async () => {
  const outbox = await open('marina');
  for (const id of ['a', 'b']) outbox.put(command(id));
  const again = async () => {
    http.expectOne(ENTRIES).error(new ProgressEvent('error'));
    await vi.advanceTimersByTimeAsync(600);
    refuse(http.expectOne(ENTRIES), 400, 'body-invalid');
    await settle();
  };
  await again();
  http.expectOne(SUBMISSION_A).flush({ state: 'posted', ledgerSeq: 7, businessDate: '2026-11-26' });
  await settle();
  await again();
  refuse(http.expectOne('/api/merchants/padaria/submissions/b'), 404, 'submission-unknown');
  await settle();
  expect(outbox.commands().map(({ state }) => state)).toEqual([
    { name: 'posted', ledgerSeq: 7, businessDate: '2026-11-26' },
    { name: 'refused', code: 'body-invalid', detail: 'no' },
  ]);
});

/** The page of marina, with an entry on this device that was sent so many days ago and had no answer. */
async function openAfter(days: number): Promise<Outbox> {
  const state = { name: 'waiting' as const, isUnsent: false };
  keep('marina', { ...command('a'), madeAt: new Date(Date.now() - days * 86_400_000).toISOString(), state });
  const outbox = await open('marina');
  await settle();
  return outbox;
}

test('what was sent so long ago that its key may be forgotten is asked for before it is sent again', async () => {
  const accepted = await openAfter(46);
  signIn('marina');
  await settle();
  http.expectNone(ENTRIES);
  http.expectOne(SUBMISSION_A).flush({ state: 'posted', ledgerSeq: 7, businessDate: '2026-10-12' });
  await settle();
  http.expectNone(ENTRIES);
  expect(states(accepted)).toEqual([['a', 'posted']]);
  localStorage.clear();
  await openAfter(46);
  signIn('marina');
  await settle();
  refuse(http.expectOne(SUBMISSION_A), 404, 'submission-unknown');
  await settle();
  http.expectOne(ENTRIES);
});

test('without an answer to that it goes on waiting; in the session of somebody else it is not even asked', async () => {
  const outbox = await openAfter(46);
  signIn('marina');
  await settle();
  http.expectOne(SUBMISSION_A).error(new ProgressEvent('error'));
  await settle();
  expect(states(outbox)).toEqual([['a', 'waiting']]);
  await vi.advanceTimersByTimeAsync(600);
  signIn('otavio');
  await settle();
  http.expectNone(SUBMISSION_A);
  http.expectNone(ENTRIES);
  expect(readKept('marina').map(({ state }) => state.name)).toEqual(['waiting']);
});

test('what was sent so long ago that nobody can tell what became of it is not sent again', async () => {
  const outbox = await openAfter(91);
  signIn('marina');
  await settle();
  refuse(http.expectOne(SUBMISSION_A), 404, 'submission-unknown');
  await settle();
  http.expectNone(ENTRIES);
  expect(outbox.find('a')?.state).toEqual({ name: 'refused', code: 'stale-submission', detail: null });
});

test('what was never sent is sent, however old it is', async () => {
  const madeAt = new Date(Date.now() - 100 * 86_400_000).toISOString();
  keep('marina', { ...command('a'), madeAt, state: { name: 'waiting', isUnsent: true } });
  await open('marina');
  await settle();
  expect(http.expectOne(ENTRIES).request.headers.get('idempotency-key')).toBe('key-a');
});
