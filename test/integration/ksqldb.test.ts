/**
 * The statements of `streams/sql/ksqldb/` on a real ksqlDB, the container of docker-compose.yml, through `fluxo ksql`. Needs Docker, and is
 * skipped where it does not answer: ksqlDB comes in no other way. What stands here has never been run by those who wrote it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EntryPosted } from '@fluxo/schemas';
import { placeOf } from '@fluxo/stack';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { StartedTestContainer } from 'testcontainers';
import { parse } from 'yaml';
import { isDockerUsable } from '../../stack/docker.ts';
import { fluxo } from '../../testing/fluxo-command.ts';
import { openShops } from '../../testing/shops.ts';
import { startStack, type TestStack } from '../../testing/stacks.ts';

const KSQLDB_PORT = 8088;
const withDocker = isDockerUsable(process.env) ? describe : describe.skip;

type Compose = {
  readonly services: { readonly ksqldb: { image: string; environment: Record<string, unknown> } };
};

let stack: TestStack;
let ksqldb: StartedTestContainer;
let env: Readonly<Record<string, string>>;

withDocker('a real ksqlDB', () => {
  beforeAll(async () => {
    stack = await startStack();
    await openShops(stack);
    ksqldb = await startKsqldb();
    env = { ...stack.env, FLUXO_KSQLDB: `http://${ksqldb.getHost()}:${ksqldb.getMappedPort(KSQLDB_PORT)}` };
  }, 600_000);
  afterAll(async () => {
    await ksqldb?.stop();
    await stack?.destroy();
  }, 120_000);

  /** In the network of the stack's own containers, where Kafka and the registry have their names. */
  async function startKsqldb(): Promise<StartedTestContainer> {
    const { GenericContainer, Wait } = await import('testcontainers');
    const text = readFileSync(join(placeOf({}).checkout, 'docker-compose.yml'), 'utf8');
    const { image, environment } = (parse(text, { merge: true }) as Compose).services.ksqldb;
    const asText = Object.entries(environment).map(([name, value]) => [name, String(value)]);
    return await new GenericContainer(image)
      .withNetworkMode(`fluxo-${stack.place.portBase}_default`)
      .withEnvironment(Object.fromEntries(asText) as Record<string, string>)
      .withExposedPorts(KSQLDB_PORT)
      .withWaitStrategy(Wait.forHttp('/info', KSQLDB_PORT))
      .withStartupTimeout(300_000)
      .start();
  }

  test('takes the statements, also a second time, and comes to the sums of the ledger', async () => {
    await fluxo(['ksql', 'apply'], env);
    const again = await fluxo(['ksql', 'apply'], env);
    expect(again.match(/exists, left as it is/g)).toHaveLength(5);
    const credits = (await fluxo(['dump', 'ledger'], stack.env))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; value: EntryPosted })
      .filter(({ type }) => type === 'EntryPosted')
      .reduce((sum, { value }) => sum + value.amountMinor, 0);
    for (;;) {
      const query = 'SELECT creditsMinor, debitsMinor FROM network_totals';
      const { rows } = JSON.parse(await fluxo(['ksql', 'query', query, '--json'], env)) as { rows: unknown };
      if (JSON.stringify(rows) === JSON.stringify([[credits, 0]])) return;
      await sleep(1_000);
    }
  }, 300_000);
});
