/** A whole stack whose Postgres and DynamoDB are made anew: its commands, its database by role, its table, and readers that ask all the time. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type AttributeValue, DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { BEGIN_SNAPSHOT, openPool, type Pool, type PoolClient } from '@fluxo/postgres';
import { dynamoTableOf } from '@fluxo/schemas';
import { captureTerminal } from '../../cli/captured-terminal.ts';
import { runCli } from '../../cli/run-cli.ts';
import { asRole } from '../../stack/addresses.ts';
import { decidingServices, startStack, type TestStack } from '../../testing/stacks.ts';

const COMMAND = fileURLToPath(new URL('../../cli/bin/fluxo.js', import.meta.url));
const TIMEOUT_MS = 60_000;
const LET_GO_MS = 5_000;

export type Item = Record<string, AttributeValue>;

/** What a reader of Postgres sees: where the tables stand, merchants whose ledger has a gap, the merchant's revision, and the API's status. */
export type Look = {
  readonly positions: Readonly<Record<string, number>>;
  readonly gaps: number;
  readonly revision: number;
  readonly status: number;
};

const LOOK = `SELECT
  (SELECT json_object_agg(topic || '-' || partition, next_offset) FROM fluxo.positions) AS positions,
  (SELECT count(*) FROM (SELECT FROM fluxo.ledger GROUP BY merchant_id HAVING count(*) <> max(ledger_seq)) AS gap) AS gaps,
  (SELECT max(revision) FROM fluxo.daily_balances WHERE merchant_id = $1) AS revision`;

export class RebuildScene {
  readonly stack: TestStack;
  readonly dynamodb: DynamoDBClient;
  readonly table: string;
  readonly #pools = new Map<string, Pool>();

  private constructor(stack: TestStack) {
    const { table, endpoint, region } = dynamoTableOf(stack.addresses.dynamodb);
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    this.stack = stack;
    this.table = table;
    this.dynamodb = new DynamoDBClient({ endpoint, region, credentials });
  }

  static async open(): Promise<RebuildScene> {
    const dynamodb = ['dynamodb', 'provision-dynamodb', 'sink-dynamodb-1'];
    return new RebuildScene(
      await startStack({ hasDynamodb: true, only: [...decidingServices, ...dynamodb] }),
    );
  }

  async close(): Promise<void> {
    this.dynamodb.destroy();
    await this.stack.destroy();
    // A test that failed may have left one of their connections taken, for good: the server that they lead to is gone.
    const ended = Promise.all([...this.#pools.values()].map((pool) => pool.end()));
    await Promise.race([ended, sleep(LET_GO_MS, undefined, { ref: false })]);
  }

  get env(): Record<string, string> {
    return {
      ...this.stack.env,
      FLUXO_DYNAMODB: this.stack.addresses.dynamodb,
      PATH: process.env['PATH'] ?? '',
    };
  }

  /** Runs the command in this process: what it exits with and prints. `stop`: pressed Ctrl-C when it resolves. */
  async fluxo(args: readonly string[], stop: Promise<unknown> | null = null) {
    const terminal = captureTerminal({ env: this.env });
    void stop?.then(() => terminal.stop.abort());
    const status = await runCli(args, terminal);
    return { status, stdout: terminal.output(), stderr: terminal.errors() };
  }

  async succeed(...args: readonly string[]): Promise<string> {
    const { status, stdout, stderr } = await this.fluxo(args);
    if (status !== 0) throw new Error(`fluxo ${args.join(' ')} exited with ${status}: ${stdout}${stderr}`);
    return stdout;
  }

  /** The command as a process of its own, killed by SIGKILL when `when` resolves; by what it ended, null if by itself. */
  async killed(args: readonly string[], when: Promise<unknown>): Promise<NodeJS.Signals | null> {
    const env = { ...process.env, ...this.env };
    const child = spawn(process.execPath, [COMMAND, ...args], { env, stdio: 'ignore' });
    const exited = once(child, 'exit');
    // Asking goes on for nobody if the command ends before.
    when.catch(() => undefined);
    await Promise.race([when, exited]);
    child.kill('SIGKILL');
    const [, signal] = (await exited) as [number | null, NodeJS.Signals | null];
    return signal;
  }

  async query<Row extends object>(
    role: string,
    sql: string,
    values: readonly unknown[] = [],
  ): Promise<readonly Row[]> {
    return (await this.#pool(role).query<Row>(sql, [...values])).rows;
  }

  /** Runs `work` in a snapshot of the reader who sees every merchant. */
  async snapshot<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#pool('fluxo_reader').connect();
    try {
      await client.query(BEGIN_SNAPSHOT);
      await client.query("SELECT set_config('fluxo.merchant_ids', '*', true)");
      return await work(client);
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
  }

  /** One look at everything, and one at the API. */
  async look(merchantId: string): Promise<Look> {
    const { queryApi } = this.stack.addresses;
    const { status } = await fetch(`${queryApi}/v1/merchants/${merchantId}/entries?limit=5`);
    const rows = await this.snapshot(
      async (client) => await client.query<Omit<Look, 'status'>>(LOOK, [merchantId]),
    );
    return { ...(rows.rows[0] as Omit<Look, 'status'>), status };
  }

  /** All items of the table by "merchant|item", without positions. */
  async items(): Promise<ReadonlyMap<string, Item>> {
    const items = new Map<string, Item>();
    const scan = { TableName: this.table, ConsistentRead: true };
    for await (const { Items } of paginateScan({ client: this.dynamodb }, scan))
      for (const item of Items ?? [])
        if (!item['merchant']?.S?.startsWith('#'))
          items.set(`${item['merchant']?.S}|${item['item']?.S}`, item);
    return items;
  }

  #pool(role: string): Pool {
    const known = this.#pools.get(role);
    if (known !== undefined) return known;
    const url = asRole(this.stack.addresses.postgres, role);
    const pool = openPool({ url, name: 'test', connectionsMax: 4, timeoutMs: TIMEOUT_MS });
    this.#pools.set(role, pool);
    return pool;
  }
}

/** Asks again and again until the work is done; what it has seen, and the work's outcome. */
export async function whileAsking<Seen, Done>(
  ask: () => Promise<Seen>,
  work: Promise<Done>,
): Promise<{ readonly seen: readonly Seen[]; readonly done: Done }> {
  let isOver = false;
  const done = work.finally(() => {
    isOver = true;
  });
  // Its failure is thrown below, when asking has ended.
  done.catch(() => undefined);
  const seen: Seen[] = [];
  while (!isOver) seen.push(await ask());
  return { seen, done: await done };
}
