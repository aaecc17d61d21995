/** What a transaction of the reader sees: row-level security shows it the rows of merchants it has named, and of no others. */
import type { PoolClient } from '@fluxo/postgres';

export const EVERY_MERCHANT = '*';

/** Until the transaction ends. */
export async function seeRowsOf(client: PoolClient, merchantId: string): Promise<void> {
  await client.query(`SELECT set_config('fluxo.merchant_ids', $1, true)`, [merchantId]);
}
