/**
 * A relay that was cut off from its database while Kafka was away as well: another one has brought the rows since, and people may have
 * put right what was refused of them. Needs Postgres; Kafka is played, so that it comes back at that moment.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { OutboxRelay } from '@fluxo/entries-api';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { Publisher } from '../../entries-api/relay/outbox-relay.ts';
import { LANES } from '../../entries-api/store/entries-store.ts';
import { anEntry, EntriesScene } from './entries-scene.ts';

jest.setTimeout(120_000);

let scene: EntriesScene;
beforeEach(async () => {
  scene = await EntriesScene.open();
});
afterEach(async () => scene.close());

const enter = () => scene.call({ path: 'm-1/entries', body: anEntry });
/** The rows are gone, as when another relay has brought them, and so is the relay's connection. */
const cutOff = async () => {
  await scene.database.query('fluxo_owner', 'DELETE FROM fluxo.outbox');
  await scene.database.query(
    'postgres',
    `SELECT pg_terminate_backend(pid, 20000) FROM pg_stat_activity WHERE application_name = 'cut-off'`,
  );
};

test.each(['connect', 'deliver'] as const)(
  'what another one has brought meanwhile is not published once more (Kafka was away to %s)',
  async (away) => {
    let [isAway, tries] = [true, 0];
    const [delivered, troubles] = [[] as string[], [] as string[]];
    const demand = (what: typeof away) => {
      if (what !== away || !isAway) return;
      tries += 1;
      throw new Error('Kafka is away');
    };
    const publisher: Publisher = {
      deliveryOf: (submissions) =>
        submissions.map(({ value }) => ({ key: (value as { entryId: string }).entryId, value: Buffer.of() })),
      deliver: async (delivery) => {
        demand('deliver');
        delivered.push(...delivery.map(({ key }) => String(key)));
      },
      close: async () => undefined,
    };
    const relay = new OutboxRelay({
      url: scene.database.url('fluxo_relay'),
      name: 'cut-off',
      lanes: LANES,
      connectPublisher: async () => {
        demand('connect');
        return publisher;
      },
      sleep: (ms) => sleep(ms),
      observer: {
        published: () => undefined,
        retrying: (what) => troubles.push(what),
        unreadable: () => undefined,
        forgot: () => undefined,
      },
    });
    await enter();
    const running = relay.run();
    while (tries === 0) await sleep(10);
    await cutOff();
    isAway = false;
    const { body } = await enter();
    while ((await scene.outbox()).length > 0) await sleep(10);
    relay.stop();
    await running;
    expect(delivered).toEqual([body['submissionId']]);
    expect(troubles).toContain('database');
  },
);
