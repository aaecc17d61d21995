/** Whether Postgres holds of every document the version that the topic holds last, and every record of the ledger, asked on a real stack. */
import type { openConnection } from '@fluxo/postgres';
import { topics } from '@fluxo/schemas';
import { fluxo } from '../../testing/fluxo-command.ts';
import type { FaultStack } from './fault-stack.ts';
import { topicRevisions } from './redis-equality.ts';

type Connection = Awaited<ReturnType<typeof openConnection>>;

/** Documents that Postgres lacks or holds in another version, and records of the ledger that it lacks or has too many. */
async function differences(scene: FaultStack, connection: Connection): Promise<number> {
  const documents = await connection.query<{ key: string; revision: number }>(
    `SELECT merchant_id || '|' || business_date AS key, revision FROM fluxo.daily_balances`,
  );
  const stored = new Map(documents.rows.map(({ key, revision }) => [key, revision]));
  const expected = await topicRevisions(scene);
  const wrong = [...expected].filter(([key, revision]) => stored.get(key) !== revision).length;
  const ledger = await connection.query<{ count: number }>('SELECT count(*) AS count FROM fluxo.ledger');
  const records = (await fluxo(['dump', topics.ledger.name], scene.stack.env)).trim().split('\n').length;
  return wrong + Math.abs(records - (ledger.rows[0]?.count ?? 0)) + (stored.size - expected.size);
}

/** Resolves when everything submitted is processed and stands in Postgres; fails like `FaultStack.until`. */
export async function untilPostgresEqual(scene: FaultStack, connection: Connection): Promise<void> {
  await scene.untilProcessed();
  await scene.until('Postgres equals the topics', async () => (await differences(scene, connection)) === 0);
}
