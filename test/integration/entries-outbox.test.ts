/** The outbox as relays share it, and a database in trouble as callers of the API see it. Needs Postgres; no Kafka. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openConnection } from '@fluxo/postgres';
import { Supervisor, serviceNamed } from '@fluxo/stack';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { Outbox } from '../../entries-api/relay/outbox.ts';
import { LANES } from '../../entries-api/store/entries-store.ts';
import { isDockerUsable } from '../../stack/docker.ts';
import { running } from '../../stack/native-process.ts';
import { signal } from '../../stack/process-identity.ts';
import { startServers } from '../../testing/servers.ts';
import { anEntry, EntriesScene } from './entries-scene.ts';

jest.setTimeout(240_000);

/** Fewer than are refused at the door; more than its connections serve in the time that a connection is waited for. */
const CROWD = 240;

const opened: { close: () => Promise<unknown> }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).toReversed()) await each.close();
});

async function openScene(server?: string): Promise<EntriesScene> {
  const scene = await EntriesScene.open(server === undefined ? {} : { server });
  opened.push(scene);
  return scene;
}

async function connect(scene: EntriesScene, onRing = () => {}): Promise<Outbox> {
  const outbox = await Outbox.connect({ url: scene.database.url('fluxo_relay'), name: 'relay', onRing });
  opened.push(outbox);
  return outbox;
}

const unavailable = {
  status: 503,
  body: { code: 'database-unavailable' },
  headers: { 'retry-after': '1' },
};

const byNumber = (a: number, b: number) => a - b;

describe('lanes', () => {
  /** Something in every lane. */
  async function filled(): Promise<EntriesScene> {
    const scene = await openScene();
    for (let index = 0; index < 8 * LANES; index++)
      await scene.call({ path: `m-${index}/entries`, body: anEntry });
    return scene;
  }

  test('belong to one relay at a time; what one does not take is there for the next', async () => {
    const scene = await filled();
    const [one, other] = [await connect(scene), await connect(scene)];
    const [first, second] = [await one.claim(LANES, 4), await other.claim(LANES, LANES)];
    expect([first.length, second.length]).toEqual([4, LANES - 4]);
    expect([...first, ...second].toSorted(byNumber)).toEqual(
      Array.from({ length: LANES }, (_, lane) => lane),
    );
    await one.close();
    for (let freed: readonly number[] = []; freed.length < 4; )
      freed = (await other.claim(LANES, LANES)).filter((lane) => first.includes(lane));
  });

  test('are free three minutes after the machine of their relay has vanished: the server looks for it so long, asking or waiting for an answer', async () => {
    const scene = await openScene();
    const connection = await openConnection({
      url: scene.database.url('fluxo_relay'),
      name: 'relay',
      timeoutMs: 20_000,
    });
    opened.push({ close: () => connection.end() });
    const seconds = async (name: string) =>
      (
        await connection.query<{ value: number }>(
          'SELECT setting::integer AS value FROM pg_settings WHERE name = $1',
          [name],
        )
      ).rows[0]?.value ?? 0;
    const [idle, interval] = [await seconds('tcp_keepalives_idle'), await seconds('tcp_keepalives_interval')];
    expect(idle + interval * (await seconds('tcp_keepalives_count'))).toBe(180);
    expect(await seconds('tcp_user_timeout')).toBe(180_000);
  });

  test('an idle relay is told of what was accepted', async () => {
    const scene = await openScene();
    const rung = Promise.withResolvers<void>();
    await connect(scene, rung.resolve);
    await scene.call({ path: 'm-1/entries', body: anEntry });
    await expect(rung.promise).resolves.toBeUndefined();
  });

  test('come to an end when they are empty; nothing is claimed then', async () => {
    const scene = await openScene();
    expect(await (await connect(scene)).claim(LANES, LANES)).toEqual([]);
  });

  test('what is too old is forgotten, and nothing else', async () => {
    const scene = await openScene();
    for (const key of ['old', 'new']) await scene.call({ path: 'm-1/entries', body: anEntry, key });
    await scene.database.query(
      'fluxo_owner',
      `UPDATE fluxo.idempotency_keys SET accepted_at = now() - interval '46 days' WHERE key = 'old'`,
    );
    await scene.database.query(
      'fluxo_owner',
      `UPDATE fluxo.submissions SET submitted_at = now() - interval '91 days'
       WHERE ctid = (SELECT min(ctid) FROM fluxo.submissions)`,
    );
    expect(await (await connect(scene)).forget({ keys: 45, submissions: 90 })).toBe(2);
    expect(await scene.database.query('fluxo_owner', 'SELECT key FROM fluxo.idempotency_keys')).toEqual([
      { key: 'new' },
    ]);
    expect(await scene.outbox()).toHaveLength(2);
  });
});

describe('a database in trouble', () => {
  const readiness = async (scene: EntriesScene) => (await scene.app.inject('/readyz')).statusCode;

  test('that is crowded, and works: ready all the time, though many wait in vain for a connection', async () => {
    const scene = await openScene();
    await scene.database.query(
      'fluxo_owner',
      `CREATE FUNCTION fluxo.takes_long() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.2); RETURN NEW; END'`,
    );
    await scene.database.query(
      'fluxo_owner',
      'CREATE TRIGGER takes_long BEFORE INSERT ON fluxo.outbox FOR EACH ROW EXECUTE FUNCTION fluxo.takes_long()',
    );
    const crowd = new AbortController();
    const statuses = new Set<number>();
    const caller = async () => {
      while (!crowd.signal.aborted)
        statuses.add((await scene.call({ path: 'm-1/entries', body: anEntry })).status);
    };
    const callers = Array.from({ length: CROWD }, caller);
    while (!statuses.has(202)) await sleep(10);
    const said: number[] = [];
    while (said.length < 10 || !statuses.has(503)) {
      said.push(await readiness(scene));
      await sleep(10);
    }
    crowd.abort();
    await Promise.all(callers);
    expect(statuses).toEqual(new Set([202, 503]));
    expect(new Set(said)).toEqual(new Set([200]));
  });

  test('that answers nobody any more: not ready; ready again when it does', async () => {
    const scene = await openScene();
    expect(await readiness(scene)).toBe(200);
    const holder = await scene.hold('LOCK TABLE fluxo.idempotency_keys IN ACCESS EXCLUSIVE MODE');
    while ((await readiness(scene)) === 200) await sleep(50);
    await holder.release();
    while ((await readiness(scene)) === 503) await sleep(50);
  });

  test('that hangs: 503 within the time limit, nothing half written, and the same key goes through afterwards', async () => {
    const scene = await openScene();
    const holder = await scene.hold('LOCK TABLE fluxo.outbox IN ACCESS EXCLUSIVE MODE');
    expect(await scene.call({ path: 'm-1/entries', body: anEntry, key: 'k' })).toMatchObject(unavailable);
    await holder.release();
    expect(await scene.database.query('fluxo_owner', 'SELECT FROM fluxo.idempotency_keys')).toEqual([]);
    expect((await scene.call({ path: 'm-1/entries', body: anEntry, key: 'k' })).status).toBe(202);
    expect(await scene.outbox()).toHaveLength(1);
  });
});

/** A container is not ours to kill. */
const describeNative = isDockerUsable(process.env) ? describe.skip : describe;

describeNative('a database as a native process', () => {
  test('that is killed: 503; what was accepted is there when it is back, and counts once', async () => {
    const servers = await startServers({ postgres: true });
    opened.push({ close: servers.stop });
    const scene = await openScene(servers.postgres);
    const first = await scene.call({ path: 'm-1/entries', body: anEntry, key: 'k' });
    expect(first.status).toBe(202);
    const identity = running(servers.place, 'postgres');
    if (identity === null) throw new Error('Postgres does not run as a process here');
    signal(identity, 'SIGKILL');
    expect(await scene.call({ path: 'm-1/entries', body: anEntry, key: 'l' })).toMatchObject(unavailable);
    await new Supervisor(servers.place).up([serviceNamed('postgres')]);
    const again = await scene.call({ path: 'm-1/entries', body: anEntry, key: 'k' });
    expect([again.status, again.body]).toEqual([first.status, first.body]);
    expect(await scene.outbox()).toHaveLength(1);
  });

  test('that is a standby, where nobody can listen: a relay that comes to it leaves no connection there', async () => {
    const { place, stop, postgres } = await startServers({ postgres: true });
    opened.push({ close: stop });
    const scene = await openScene(postgres);
    const ask = (sql: string) => scene.database.query<Record<string, string>>('postgres', sql);
    const [folder] = await ask('SHOW data_directory');
    const supervisor = new Supervisor(place);
    await supervisor.down();
    await writeFile(join(folder?.['data_directory'] ?? '', 'standby.signal'), '');
    await supervisor.up([serviceNamed('postgres')]);
    await expect(connect(scene)).rejects.toMatchObject({ code: '25006' });
    for (let rows = 1; rows > 0; ) {
      await sleep(50);
      rows = (await ask(`SELECT FROM pg_stat_activity WHERE application_name = 'relay'`)).length;
    }
    await ask('SELECT pg_promote()');
    expect(await (await connect(scene)).claim(LANES, LANES)).toEqual([]);
  });
});
