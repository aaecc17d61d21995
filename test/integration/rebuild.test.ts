/**
 * `fluxo rebuild postgres` and `dynamodb` on a whole stack: what the guard by revision would keep for ever is right afterwards, while entries flow and
 * readers ask all the time without a gap, an error or an older revision; whatever ends it in the middle leaves readers what they had.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { TableMender } from '@fluxo/sinks';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { StoredDocument } from '../../sinks/dynamodb/document-writes.ts';
import { shapeOf } from './postgres-shape.ts';
import { type Item, type Look, RebuildScene, whileAsking } from './rebuild-scene.ts';

jest.setTimeout(300_000);

/** Not on the way of any figure, and greater than every revision. */
const FORGED = 2 ** 52;
const HEALTHY = 'sim-0001';
const FORGED_MERCHANT = 'sim-0002';
const LOST_MERCHANT = 'sim-0003';

let scene: RebuildScene;
beforeAll(async () => {
  scene = await RebuildScene.open();
  await flow();
  await scene.succeed('wait');
  await scene.succeed('audit');
});
afterAll(() => scene.close());

function flow(): Promise<string> {
  return scene.succeed('simulate', '--merchants', '20', '--rate', '200', '--for', '4');
}

const audited = async () => (await scene.fluxo(['audit'])).status;

describe('Postgres', () => {
  const look = () => scene.look(HEALTHY);

  function demandForward(seen: readonly Look[]): void {
    expect(seen.length).toBeGreaterThan(5);
    expect(seen.filter(({ gaps, status }) => gaps > 0 || status !== 200)).toEqual([]);
    for (const [index, now] of seen.entries()) {
      const before = seen[index - 1] ?? now;
      expect(now.revision).toBeGreaterThanOrEqual(before.revision);
      const back = Object.keys(before.positions).filter(
        (key) => (now.positions[key] ?? 0) < (before.positions[key] ?? 0),
      );
      expect(back).toEqual([]);
    }
  }

  const holdsGeneration = async () =>
    (await scene.query('fluxo_owner', "SELECT FROM pg_namespace WHERE nspname = 'fluxo_rebuild'")).length > 0;

  /** Resolves when a rebuild waits to take the place of tables that somebody reads; or when none is connected any more. */
  async function rebuildThat(is: 'waits' | 'has gone'): Promise<void> {
    const condition = is === 'waits' ? "query LIKE '%SAVEPOINT%'" : 'true';
    const asks = `SELECT FROM pg_stat_activity WHERE application_name = 'fluxo rebuild' AND ${condition}`;
    while ((await scene.query('fluxo_owner', asks)).length > 0 !== (is === 'waits')) await sleep(20);
  }

  test('heals, is the same to everybody, and is never seen half or older', async () => {
    const shape = await shapeOf(scene);
    await scene.query('fluxo_owner', "INSERT INTO fluxo.outbox (lane, type, value) VALUES (0, 'kept', '{}')");
    await scene.query('fluxo_owner', 'UPDATE fluxo.daily_balances SET revision = $1 WHERE merchant_id = $2', [
      FORGED,
      FORGED_MERCHANT,
    ]);
    await scene.query(
      'fluxo_owner',
      "INSERT INTO fluxo.merchants SELECT 'ghost', partition, name, late_entries, backdate_limit_days, closed_through, revision, chain_head, recorded_at FROM fluxo.merchants LIMIT 1",
    );
    await scene.query('fluxo_owner', 'UPDATE fluxo.ledger SET amount_minor = 1 WHERE merchant_id = $1', [
      FORGED_MERCHANT,
    ]);
    expect(await audited()).toBe(1);
    const flowing = flow();
    const rebuilding = (async () => {
      for (let round = 0; round < 3; round += 1)
        expect(await scene.succeed('rebuild', 'postgres')).toMatch(
          /^Readers see new tables, made of [\d,]+ offsets\.\n$/,
        );
    })();
    const { seen } = await whileAsking(look, rebuilding);
    await flowing;
    demandForward(seen);
    await scene.succeed('wait');
    await scene.succeed('audit');
    expect(await shapeOf(scene)).toEqual(shape);
    expect(await scene.query('fluxo_owner', 'SELECT type FROM fluxo.outbox')).toEqual([{ type: 'kept' }]);
    expect(await holdsGeneration()).toBe(false);
  });

  test('that was killed, or interrupted, or is already at work, leaves readers what they had', async () => {
    const before = await look();
    await scene.snapshot(async () => {
      const signal = await scene.killed(['rebuild', 'postgres'], rebuildThat('waits'));
      expect(signal).toBe('SIGKILL');
      await rebuildThat('has gone');
      expect(await holdsGeneration()).toBe(true);
      const stop = Promise.withResolvers<void>();
      const first = scene.fluxo(['rebuild', 'postgres'], stop.promise);
      await Promise.race([rebuildThat('waits'), first]);
      const second = await scene.fluxo(['rebuild', 'postgres']);
      stop.resolve();
      expect(second).toMatchObject({ status: 3, stderr: expect.stringContaining('another rebuild') });
      expect(await first).toMatchObject({ status: 130, stdout: '' });
      expect(await holdsGeneration()).toBe(false);
      expect(await look()).toEqual(before);
    });
    await scene.succeed('rebuild', 'postgres');
    await scene.succeed('audit');
  });

  test('is refused where a view of somebody else hangs on a table', async () => {
    await scene.query('fluxo_owner', 'CREATE VIEW public.theirs AS SELECT * FROM fluxo.merchants');
    const { status, stderr } = await scene.fluxo(['rebuild', 'postgres']);
    await scene.query('fluxo_owner', 'DROP VIEW public.theirs');
    expect([status, stderr]).toEqual([3, expect.stringContaining('theirs on fluxo.merchants')]);
  });
});

describe('DynamoDB', () => {
  const put = (item: Item) => scene.dynamodb.send(new PutItemCommand({ TableName: scene.table, Item: item }));

  /** Every way in which an item can be wrong. */
  async function spoil(): Promise<void> {
    const items = await scene.items();
    const of = (merchant: string) => [...items].filter(([key]) => key.startsWith(`${merchant}|`));
    for (const [, item] of of(FORGED_MERCHANT))
      if (item['revision'] !== undefined)
        await put({ ...item, revision: { N: String(FORGED) }, body: { B: Buffer.from('forged') } });
      else await put({ ...item, date: { S: '2099-12-31' }, head: { N: String(FORGED) } });
    for (const [, { merchant, item }] of of(LOST_MERCHANT))
      await scene.dynamodb.send(
        new DeleteItemCommand({
          TableName: scene.table,
          Key: { merchant: merchant as Item[string], item: item as Item[string] },
        }),
      );
    for (const [, item] of of(HEALTHY))
      if (item['item']?.S === 'merchant') await put({ ...item, merchant: { S: 'ghost' } });
  }

  async function look() {
    const items = await scene.items();
    const revisions = [...items]
      .filter(([key]) => key.startsWith(`${HEALTHY}|2`))
      .map(([, item]) => Number(item['revision']?.N));
    const forged = [...items.keys()].filter((key) => key.startsWith(`${FORGED_MERCHANT}|2`)).length;
    return { revision: Math.max(...revisions), days: revisions.length, forged };
  }

  test('heals, while nothing disappears and nothing goes back', async () => {
    await spoil();
    expect(await audited()).toBe(1);
    const flowing = flow();
    const { seen, done } = await whileAsking(look, scene.succeed('rebuild', 'dynamodb', '--json'));
    await flowing;
    expect(JSON.parse(done)).toMatchObject({ removed: 1, exchanged: expect.any(Number) });
    expect((JSON.parse(done) as { exchanged: number }).exchanged).toBeGreaterThanOrEqual(3);
    expect(seen.length).toBeGreaterThan(1);
    for (const [index, now] of seen.entries()) {
      const before = seen[index - 1] ?? now;
      for (const what of ['revision', 'days', 'forged'] as const)
        expect(now[what]).toBeGreaterThanOrEqual(before[what]);
    }
    await scene.succeed('wait');
    await scene.succeed('audit');
    expect(await scene.succeed('rebuild', 'dynamodb')).toMatch(
      /^Every item of [\d,]+ merchants is right: 0 items exchanged, 0 removed, 0 documents written\.\n$/,
    );
  });

  test('that was killed in the middle is gone on with by the next run', async () => {
    await spoil();
    const isBegun = (async () => {
      for (;;) {
        const items = await scene.items();
        if (![...items.values()].every((item) => item['revision']?.N !== String(FORGED))) await sleep(5);
        else return;
      }
    })();
    await scene.killed(['rebuild', 'dynamodb'], isBegun);
    await scene.succeed('rebuild', 'dynamodb');
    expect(await audited()).toBe(0);
  });

  describe('while a sink writes the same item', () => {
    const MERCHANT = 'raced';
    const day = (revision: number): StoredDocument => {
      return { merchantId: MERCHANT, businessDate: 20_000, revision, body: Buffer.from(`at ${revision}`) };
    };
    const putDay = ({ revision, body }: StoredDocument) =>
      put({
        merchant: { S: MERCHANT },
        item: { S: '2024-10-04' },
        revision: { N: String(revision) },
        body: { B: body },
      });

    /** Mends the item; the topics hold one more of these each time they are read on, which is when something happens. */
    async function mend(...readings: readonly (readonly [StoredDocument, (() => Promise<unknown>)?])[]) {
      const mender = new TableMender(scene.stack.addresses.dynamodb, new AbortController().signal);
      const left = [...readings];
      let known: readonly StoredDocument[] = [];
      const readOn = async () => {
        const [document, happening] = left.shift() ?? [];
        if (document !== undefined) known = [document];
        await happening?.();
      };
      await mender.mend([MERCHANT], { readOn, of: () => known });
      const { mended } = mender;
      const stored = (await scene.items()).get(`${MERCHANT}|2024-10-04`);
      await mender.mend([MERCHANT], { readOn: async () => undefined, of: () => [] });
      mender.close();
      expect(mender.mended).toMatchObject({ removed: stored === undefined ? 0 : 2 });
      return { mended, revision: stored?.['revision']?.N };
    }

    test('what the sink was refused because of the wrong item is written after it', async () => {
      await putDay(day(FORGED));
      expect(await mend([day(7)], [day(8)])).toEqual({
        mended: { exchanged: 1, removed: 0, written: 1 },
        revision: '8',
      });
    });

    test('what has been put right between look and exchange is left', async () => {
      await putDay(day(FORGED));
      expect(await mend([day(9), () => putDay(day(9))])).toMatchObject({
        mended: { exchanged: 0, removed: 0 },
        revision: '9',
      });
    });

    test('what the sink has just written is not taken for a forgery', async () => {
      await putDay(day(8));
      expect(await mend([day(8)])).toMatchObject({ mended: { exchanged: 0, removed: 0 }, revision: '8' });
    });
  });
});
