/**
 * The operations API over a real Kafka: who lags, what was refused, sending it again; that operators get in and nobody else; that every answer is one its
 * document speaks of; and what it says when the brokers are gone. In this order: the last test takes the brokers away.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { MERCHANTS_CLAIM, OPERATOR, ROLES_CLAIM } from '@fluxo/identity';
import type { AuditBody, PipelineBody, ProblemBody, RejectionDetailBody, TrailsBody } from '@fluxo/schemas';
import { topics } from '@fluxo/schemas';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { behavesUnderHostileHttp } from '../../testing/hostile-http.contract.ts';
import { fuzz, runs } from '../../testing/openapi/fuzz.ts';
import type { Document } from '../../testing/openapi/operations.ts';
import type { TokenShape } from '../../testing/token-issuer.ts';
import { OperationsScene, operator } from './operations-scene.ts';
import { configuration, MERCHANT, sale } from './operator-scene.ts';

jest.setTimeout(240_000 + runs * 2_000);

const TOPICS = '/v1/operations/topics';
const GROUP = 'fluxo-streams';

/** Of the sale that is refused first and sent again later. */
const entryIdOfReplay = randomUUID();

let scene: OperationsScene;
beforeAll(async () => {
  scene = await OperationsScene.open();
});
afterAll(() => scene?.end());

/** A sale of a merchant nobody has set up. */
const strange = (merchantId: string) => {
  const { value, ...line } = sale('main', randomUUID());
  return { ...line, key: merchantId, value: { ...value, merchantId } };
};

describe('before the brokers were asked', () => {
  test('nothing is known of them, and that is said', async () => {
    const { status, body } = await scene.ask<ProblemBody>(TOPICS);
    expect([status, body.code]).toEqual([503, 'pipeline-unavailable']);
    expect(scene.failures.splice(0)).toHaveLength(1);
  });
});

describe('rejections', () => {
  const others = Array.from({ length: 9 }, (_, index) => `stranger-${index}`);
  const entryId = entryIdOfReplay;
  let place = '';

  test('are listed newest first, whatever their partitions, and pages neither repeat nor hide one', async () => {
    await scene.submit(configuration(['main']), sale('till-2', entryId));
    await scene.submit({ key: MERCHANT, raw: Buffer.from('no avro').toString('base64') });
    await scene.untilRefused(2);
    for (const merchantId of others) {
      const before = (await scene.rejections('?limit=200')).rejections.length;
      await scene.submit(strange(merchantId));
      await scene.untilRefused(before + 1);
    }
    const { rejections, nextCursor } = await scene.rejections('?limit=200');
    expect(nextCursor).toBe(null);
    expect(rejections.map(({ key }) => key)).toEqual([...others.toReversed(), MERCHANT, MERCHANT]);
    expect(new Set(rejections.map((each) => each.place.split('-')[0])).size).toBeGreaterThan(1);
    expect(rejections.slice(-2).map(({ code, type, submissionId }) => [code, type, submissionId])).toEqual([
      ['malformed', null, null],
      ['account-unknown', 'EntrySubmitted', entryId],
    ]);
    place = rejections.at(-1)?.place ?? '';

    const paged: (typeof rejections)[number][] = [];
    let cursor = '';
    for (;;) {
      const page = await scene.rejections(`?limit=2${cursor}`);
      paged.push(...page.rejections);
      if (page.nextCursor === null) break;
      if (cursor === '') {
        // What is refused meanwhile stands above the first page.
        await scene.submit(strange('latecomer'));
        await scene.untilRefused(others.length + 3);
      }
      cursor = `&cursor=${page.nextCursor}`;
    }
    expect(paged).toEqual(rejections);
    expect((await scene.rejections('?limit=1')).rejections[0]?.key).toBe('latecomer');
  });

  test('can be narrowed to a code, a merchant, a time', async () => {
    const keysOf = async (query: string) => (await scene.rejections(query)).rejections.map(({ key }) => key);
    expect(await keysOf('?code=account-unknown')).toEqual([MERCHANT]);
    expect(await keysOf('?merchant=stranger-3')).toEqual(['stranger-3']);
    expect(await keysOf(`?since=${new Date(Date.now() + 3_600_000).toISOString()}`)).toEqual([]);
    expect(await keysOf('?since=2026-01-01T00:00:00Z&code=malformed')).toEqual([MERCHANT]);
    for (const wrong of ['since=2026-02-30T00:00:00Z', 'since=2026-03-01T25:00:00Z', 'limit=201'])
      expect((await scene.ask(`/v1/operations/rejections?${wrong}`)).status).toBe(400);
  });

  test('show the submission decoded, or its bytes', async () => {
    const address = (of: string) => `/v1/operations/rejections/${of}`;
    const { body } = await scene.ask<RejectionDetailBody>(address(place));
    expect(body).toMatchObject({ place, isWhole: true, merchantId: MERCHANT, submission: { entryId } });
    const [malformed] = (await scene.rejections('?code=malformed')).rejections;
    const raw = await scene.ask<RejectionDetailBody>(address(malformed?.place ?? ''));
    expect([raw.body.submission, Buffer.from(raw.body.bytes, 'base64').toString()]).toEqual([
      null,
      'no avro',
    ]);
    for (const nowhere of ['0-999999', '999-0']) {
      const answer = await scene.ask<ProblemBody>(address(nowhere));
      expect([answer.status, answer.body.code]).toEqual([404, 'rejection-unknown']);
    }
  });

  test('are sent again only when they would be accepted, by name, and count once however often', async () => {
    const count = (await scene.submissions()).length;
    for (const dryRun of [true, false])
      expect((await scene.replay(place, dryRun)).body).toMatchObject({
        verdict: { kind: 'rejected', code: 'account-unknown' },
        sent: false,
      });
    expect(await scene.submissions()).toHaveLength(count);

    await scene.submit(configuration(['main', 'till-2']));
    const accepted = { kind: 'accepted', records: [{ type: 'EntryPosted' }] };
    expect((await scene.replay(place, true)).body).toMatchObject({ verdict: accepted, sent: false });
    expect(await scene.submissions()).toHaveLength(count + 1);
    expect((await scene.replay(place, false)).body).toMatchObject({ place, verdict: accepted, sent: true });
    const again = (await scene.replay(place, false)).body;
    expect([again.verdict, again.sent]).toEqual([{ kind: 'duplicate' }, false]);
    const sent = await scene.submissions();
    expect(sent).toHaveLength(count + 2);
    const replayed = sent.filter(({ headers }) => (headers as readonly object[]).length > 0);
    expect(replayed.map(({ value }) => value)).toMatchObject([{ entryId }]);
    const [partition, offset] = place.split('-');
    expect(replayed[0]?.['headers']).toEqual([
      { key: 'fluxo-replay-of', value: `rejections-${partition}@${offset}` },
      { key: 'fluxo-replayed-by', value: 'olga' },
    ]);
  });

  test('are tried one at a time, and not for longer than somebody waits', async () => {
    const many = await Promise.all(Array.from({ length: 6 }, () => scene.replay(place, true)));
    expect(new Set(many.map(({ status }) => status))).toEqual(new Set([200, 409]));
    const { app } = await scene.another({ triedWithinMs: 0 });
    const url = `/v1/operations/rejections/${place}/replay`;
    const answer = await app.inject({ method: 'POST', url, payload: { dryRun: false } });
    expect([answer.statusCode, answer.json<ProblemBody>().code]).toEqual([422, 'replay-too-long']);
    await app.close();
  });
});

describe('trails', () => {
  const trails = async (query: string) =>
    (await scene.ask<TrailsBody>(`/v1/operations/trails?merchant=${query}`)).body;

  test('say of every submission what came of it, and when, as far as it is written down', async () => {
    const twice = sale('main', randomUUID());
    const transfer = {
      key: MERCHANT,
      type: 'TransferSubmitted',
      value: {
        merchantId: MERCHANT,
        submittedAt: Date.now(),
        source: twice.value.source,
        entryId: randomUUID(),
        fromAccountId: 'main',
        toAccountId: 'till-2',
        amountMinor: 1,
        currency: 'BRL',
        occurredAt: Date.now(),
        purpose: 'OTHER',
        description: null,
      },
    };
    await scene.submit(twice, twice, transfer, sale('till-3', randomUUID()));
    let found = await trails(MERCHANT);
    while (found.trails.some(({ outcome }) => outcome.kind === 'waiting')) {
      await sleep(50);
      found = await trails(MERCHANT);
    }
    const [refused, moved, again, first] = found.trails;
    expect(refused?.outcome).toMatchObject({ kind: 'rejected', code: 'account-unknown' });
    expect((await scene.rejections('?limit=1')).rejections[0]?.place).toBe(
      refused?.outcome.kind === 'rejected' ? refused.outcome.place : '',
    );
    expect(moved?.outcome).toMatchObject({ records: [{ type: 'EntryPosted' }, { type: 'EntryPosted' }] });
    expect(again).toMatchObject({ submissionId: twice.value.entryId, outcome: { kind: 'duplicate' } });
    expect(again?.document).toBe(null);
    expect(first).toMatchObject({
      submissionId: twice.value.entryId,
      system: 'test',
      type: 'EntrySubmitted',
    });
    if (first?.outcome.kind !== 'posted') throw new Error(JSON.stringify(first));
    expect(first.occurredAt).toBe(new Date(twice.value.occurredAt).toISOString());
    expect(first.document?.revision).toBeGreaterThanOrEqual(first.outcome.records[0]?.ledgerSeq ?? Infinity);
    expect(first.document?.date).toBe(first.outcome.records[0]?.businessDate);
    const log = (await scene.submissions()).filter(({ offset }) => offset === first.offset);
    expect(log.map(({ timestamp }) => timestamp)).toContain(Date.parse(first.recordedAt));
    // The broker's clock made both.
    expect(Date.parse(first.outcome.publishedAt)).toBeGreaterThanOrEqual(Date.parse(first.recordedAt));
    // No sink runs here, so none is spoken of.
    expect(first.views).toEqual([]);
  });

  test('tell of times that no calendar knows, which is what the submission was refused for', async () => {
    const { value, ...line } = sale('main', randomUUID());
    await scene.submit({ ...line, value: { ...value, submittedAt: Number.MAX_SAFE_INTEGER } });
    let [latest] = (await trails(MERCHANT)).trails;
    while (latest?.outcome.kind === 'waiting') {
      await sleep(50);
      [latest] = (await trails(MERCHANT)).trails;
    }
    expect(latest).toMatchObject({
      submissionId: value.entryId,
      submittedAt: null,
      occurredAt: new Date(value.occurredAt).toISOString(),
      outcome: { kind: 'rejected', code: 'malformed' },
    });
  });

  test('can be asked for by id, and are none of a merchant that has sent nothing', async () => {
    const found = await trails(`${MERCHANT}&submission=${entryIdOfReplay}`);
    expect(found.trails.map(({ outcome }) => outcome.kind)).toEqual(['posted', 'rejected']);
    expect(await trails('nobody-ever')).toEqual({ merchantId: 'nobody-ever', isWhole: true, trails: [] });
  });

  test('wait where the processor does not run', async () => {
    await scene.stack.kill('streams-1');
    await scene.submit(sale('main', randomUUID()));
    expect((await trails(MERCHANT)).trails[0]?.outcome).toEqual({ kind: 'waiting' });
    await scene.stack.start('streams-1');
  });
});

describe('the audit', () => {
  const audit = async () => (await scene.ask<AuditBody>('/v1/operations/audit')).body;

  test('is away until somebody lets one go on, and then as its latest round ended', async () => {
    const address = scene.stack.addresses.audit;
    expect(await audit()).toEqual({ kind: 'away', address });
    const watch = scene.auditing();
    let told = await audit();
    while (told.kind !== 'round') {
      await sleep(50);
      told = await audit();
    }
    await watch.end();
    // There is neither a store nor a query API here.
    const notJudged = ['Redis', 'Postgres', 'query API'];
    expect(told).toMatchObject({ address, round: { result: 'view-not-judged', differences: 0, notJudged } });
    expect(await audit()).toEqual({ kind: 'away', address });
  });
});

describe('topics and groups', () => {
  test('are what the brokers say, with what there was before', async () => {
    await scene.stack.kill('streams-1');
    await scene.watch.look();
    const before = (await scene.ask<PipelineBody>(TOPICS)).body;
    await scene.submit(sale('main', randomUUID()), sale('main', randomUUID()));
    for (let look = 0; look < 3; look += 1) await scene.watch.look();
    const { body } = await scene.ask<PipelineBody>(TOPICS);
    const behindOf = ({ groups }: PipelineBody) => groups.find(({ group }) => group === GROUP)?.behind ?? -1;
    expect(behindOf(body)).toBe(behindOf(before) + 2);
    const streams = body.groups.find(({ group }) => group === GROUP);
    expect(streams).toMatchObject({ topic: topics.submissions.name, seconds: expect.any(Number) });
    expect(streams?.partitions.reduce((sum, { behind }) => sum + behind, 0)).toBe(streams?.behind);
    // Three samples are remembered here: the one from before the two sales is gone.
    expect(body.history.at).toHaveLength(3);
    expect(body.history.groups.find(({ group }) => group === GROUP)?.behind).toEqual(
      Array(3).fill(streams?.behind),
    );
    // As the command says it, which asks by itself.
    type Told = { groups: { group: string; behind: number; partitions: object[] }[] };
    const told = JSON.parse(await scene.fluxo(['lag', '--json'])) as Told;
    const plain = ({ group, behind }: { group: string; behind: number }) => [group, behind];
    expect(body.groups.map(plain)).toEqual(told.groups.map(plain));
    const held = body.topics.find(({ topic }) => topic === topics.submissions.name)?.partitions ?? [];
    expect(held).toHaveLength(12);
    const records = held.reduce((sum, { begin, end }) => sum + end - begin, 0);
    expect(records).toBe((await scene.submissions()).length);
    await scene.stack.start('streams-1');
  });
});

describe('who is answered', () => {
  const role = { [ROLES_CLAIM]: [OPERATOR] };
  const everything = 'operations:read rejections:replay balances:read merchants:admin';
  test.each<[string, TokenShape | null, number]>([
    ['nobody', null, 401],
    ['an operator', operator, 200],
    ['an operator with another scope', { claims: { ...role, scope: 'balances:read merchants:admin' } }, 403],
    ['an operator by a token for another API', { claims: { ...operator.claims, aud: 'urn:other' } }, 401],
    ['an owner with every scope', { claims: { scope: everything, [MERCHANTS_CLAIM]: [MERCHANT] } }, 403],
    ['somebody with another role', { claims: { scope: everything, [ROLES_CLAIM]: ['auditor'] } }, 403],
  ])('%s', async (_who, shape, expected) => {
    const document = (await scene.app.inject('/openapi.json')).json<Document>();
    const guarded = Object.entries(document.paths).filter(([path]) => path.startsWith('/v1/'));
    expect(guarded).toHaveLength(6);
    const headers = shape === null ? {} : { authorization: `Bearer ${await scene.issuer.token(shape)}` };
    const [known] = (await scene.rejections('?limit=1')).rejections;
    const statuses: number[] = [];
    for (const [path, methods] of guarded) {
      const filled = path.replace('{place}', known?.place ?? '');
      const url = path.endsWith('/trails') ? `${filled}?merchant=${MERCHANT}` : filled;
      const isPost = 'post' in methods;
      const request = isPost ? ({ method: 'POST', payload: { dryRun: true } } as const) : {};
      statuses.push((await scene.app.inject({ ...request, url, headers })).statusCode);
    }
    expect(statuses).toEqual(guarded.map(() => expected));
  });

  test('looking is not replaying', async () => {
    const looks = { claims: { ...operator.claims, scope: 'operations:read' } };
    const url = '/v1/operations/rejections/0-0/replay';
    const { status } = await scene.ask({ method: 'POST', url, payload: { dryRun: true } }, looks);
    expect(status).toBe(403);
    expect((await scene.ask(TOPICS, looks)).status).toBe(200);
  });
});

describe('every answer', () => {
  test('is documented', async () => {
    const { rejections } = await scene.rejections();
    const known = {
      place: rejections.map(({ place }) => place),
      submission: [entryIdOfReplay],
      code: ['malformed', 'merchant-unknown'],
      merchant: [MERCHANT, 'stranger-1'],
      since: ['2026-01-01T00:00:00Z'],
      limit: ['1', '50', '200'],
      cursor: [(await scene.rejections('?limit=1')).nextCursor ?? '0'],
    };
    const authorization = `Bearer ${await scene.issuer.token(operator)}`;
    expect(await fuzz(scene.app, known, { authorization })).toEqual([]);
    expect(scene.failures).toEqual([]);
  });
});

describe('on a socket', () => {
  behavesUnderHostileHttp({
    proper: 'GET /livez HTTP/1.1',
    withBody: 'POST /v1/operations/rejections/0-0/replay HTTP/1.1',
    build: (requestTimeoutMs) => scene.another({ requestTimeoutMs }),
  });
});

describe('without brokers', () => {
  test('what was known is shown with its age, and everything else is 503', async () => {
    const { at } = (await scene.ask<PipelineBody>(TOPICS)).body;
    await scene.stack.stop('streams-1', 'kafka');
    const listing = scene.ask<ProblemBody>('/v1/operations/rejections');
    await scene.watch.look();
    const after = await scene.ask<PipelineBody>(TOPICS);
    expect([after.status, after.body.at]).toEqual([200, at]);
    const { status, body } = await listing;
    expect([status, body.code]).toEqual([503, 'pipeline-unavailable']);
  });
});
