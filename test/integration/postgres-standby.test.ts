/**
 * A connection that came about while its name stood for a standby, as during a change of the primary: the standby stays one, and answers.
 * Needs Postgres, which plays the standby by sessions that may not write.
 */
import { inTransaction, openPool } from '@fluxo/postgres';
import { expect, jest, test } from '@jest/globals';
import { TestDatabase } from '../../testing/test-database.ts';

jest.setTimeout(120_000);

test('what a standby refuses is asked of a new connection the next time, not of the same for ever', async () => {
  const database = await TestDatabase.create();
  const pool = openPool({
    url: database.url('fluxo_owner'),
    name: 'test',
    connectionsMax: 1,
    timeoutMs: 20_000,
  });
  const write = () => inTransaction(pool, (client) => client.query('CREATE TABLE written ()'));
  const setReadOnly = (value: string) =>
    database.query(
      'postgres',
      `BEGIN READ WRITE; ALTER DATABASE ${database.name} SET default_transaction_read_only = ${value}; COMMIT`,
    );
  try {
    await setReadOnly('on');
    await expect(write()).rejects.toMatchObject({ code: '25006' });
    await setReadOnly('off');
    await expect(write()).resolves.toMatchObject({ command: 'CREATE' });
  } finally {
    await pool.end();
    await database.drop();
  }
});
