/** The views of this environment, each as the judge reads it: the stores that sinks write, and the query API. */
import {
  type AuditOptions,
  DynamodbView,
  PostgresView,
  QueryApiView,
  RedisView,
  type View,
} from '@fluxo/audit';
import { partitionOf } from '@fluxo/schemas';
import { addressesOf, apiAccess } from './stack-connection.ts';
import type { Terminal } from './terminal.ts';

export type ViewOptions = Pick<AuditOptions, 'codecs'> & { readonly partitions: number };

/** Redis, Postgres and, where FLUXO_DYNAMODB names one, DynamoDB; whoever opened them closes them. */
export function storeViews(terminal: Terminal, { codecs, partitions }: ViewOptions): readonly View[] {
  const { redis, postgres } = addressesOf(terminal);
  const dynamodb = terminal.env['FLUXO_DYNAMODB'] ?? '';
  const partition = (merchantId: string) => partitionOf(Buffer.from(merchantId), partitions);
  return [
    new RedisView({ url: redis, partitionOf: partition, codecs }),
    new PostgresView({ url: postgres, partitionOf: partition, codecs }),
    ...(dynamodb === '' ? [] : [new DynamodbView({ address: dynamodb, partitionOf: partition, codecs })]),
  ];
}

export function apiView(terminal: Terminal): View {
  return new QueryApiView(addressesOf(terminal).queryApi, apiAccess(terminal));
}
