/**
 * Row 17 of reliability.md section 3 for the APIs: the entries API, the query API and the page's back end get SIGTERM under load, again and
 * again. Each says first that it is not ready, while it still answers; then it takes nobody any more, finishes what it has begun, and ends by
 * itself; no caller sees a 5xx. A connection that the kernel has taken and the process has not, when it closes its port, is cut: those are counted. Needs a whole
 * stack.
 */
import { afterEach, expect, jest, test } from '@jest/globals';
import { aSaleNow, EntriesClient } from '../../testing/entries-client.ts';
import { openShops } from '../../testing/shops.ts';
import { decidingServices, startStack, type TestStack } from '../../testing/stacks.ts';
import { Hits } from './hits.ts';
import { scaled } from './scale.ts';
import { announcedFor, type Call, type Stopped, stopUnderLoad } from './stop-under-load.ts';

jest.setTimeout(3_600_000);

const STOPS = scaled({ quick: 1, short: 5, long: 200 });

const hits = new Hits(17, [
  'entries API stopped under load',
  'query API stopped under load',
  'bff stopped under load',
]);
let stack: TestStack;
afterEach(async () => stack.destroy(), 120_000);

async function stopAgainAndAgain(
  what: string,
  name: string,
  origin: string,
  call: Call,
): Promise<readonly Stopped[]> {
  const all: Stopped[] = [];
  for (let stop = 0; stop < STOPS; stop++) {
    const stopped = await stopUnderLoad(stack, { name, origin }, call);
    hits.count(`${what} stopped under load`);
    hits.measure(`seconds from SIGTERM to the end of the ${what}`, stopped.seconds);
    hits.count(
      'connections cut that nobody had taken when the port closed',
      stopped.statuses.get('cut') ?? 0,
    );
    all.push(stopped);
    await stack.start(name);
  }
  return all;
}

/** What every stop must look like, but for how much was answered. */
const asItShould = (statuses: readonly number[]) =>
  Array.from({ length: STOPS }, () => ({
    statuses: new Set(statuses),
    readiness: [200, 503],
    hasDrained: true,
  }));

/** Without the connections that were cut. */
const seen = (all: readonly Stopped[]) =>
  all.map(({ statuses, readiness, hasDrained }) => ({
    statuses: new Set([...statuses.keys()].filter((status) => status !== 'cut')),
    readiness,
    hasDrained,
  }));

test(`the entries API ${STOPS} times: not ready first, then drained; everybody is answered, with 202`, async () => {
  stack = await startStack({ only: ['postgres', 'migrate', 'entries-api'], env: announcedFor });
  const { entriesApi } = stack.addresses;
  await new EntriesClient(entriesApi).configure('m-1');
  const enter: Call = () =>
    fetch(`${entriesApi}/v1/merchants/m-1/entries`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
      body: JSON.stringify(aSaleNow()),
    });
  expect(seen(await stopAgainAndAgain('entries API', 'entries-api', entriesApi, enter))).toEqual(
    asItShould([202]),
  );
});

test(`the query API ${STOPS} times: the same, with 200`, async () => {
  stack = await startStack({ only: decidingServices, env: announcedFor });
  await openShops(stack);
  const { queryApi } = stack.addresses;
  const ask: Call = () => fetch(`${queryApi}/v1/merchants/sim-0001/balances/latest`);
  expect(seen(await stopAgainAndAgain('query API', 'query-api', queryApi, ask))).toEqual(asItShould([200]));
});

test(`the page's back end ${STOPS} times: the same, with 401 for whoever is not signed in`, async () => {
  stack = await startStack({ only: ['redis', 'identity', 'bff'], signIn: true, env: announcedFor });
  const { bff } = stack.addresses;
  const ask: Call = () => fetch(`${bff}/api/session`);
  expect(seen(await stopAgainAndAgain('bff', 'bff', bff, ask))).toEqual(asItShould([401]));
});

test('every fault hit', () => {
  expect(() => hits.demandAll()).not.toThrow();
});
