/**
 * The Postgres sink as a process: a loop for each of ledger, balance documents, merchants and rejections, until SIGTERM. Several such
 * processes share the partitions.
 */
import { consumerGroups, topics } from '@fluxo/schemas';
import { Counter, requiredSetting } from '@fluxo/telemetry';
import { SinkProcess } from '../sink-process.ts';
import { PostgresBalanceSink } from './balance.sink.ts';
import { PostgresLedgerSink, type ReturnedId } from './ledger.sink.ts';
import { PostgresMerchantSink } from './merchant.sink.ts';
import { PostgresStore } from './postgres-store.ts';
import { PostgresRejectionSink } from './rejection.sink.ts';

const { ledger, dailyBalances, merchants, rejections, submissions } = topics;
const sinks = await SinkProcess.open('sink-postgres-1');
const url = requiredSetting('FLUXO_POSTGRES');
const returnedIds = new Counter({
  name: 'fluxo_sink_returned_ids_total',
  help: 'Ledger records written beside an earlier one of the same id: it came back after its time with a new submittedAt.',
  registers: [sinks.metrics],
});

sinks.mirror(
  ledger,
  consumerGroups.postgresSinkLedger,
  new PostgresLedgerSink(storeOf('ledger'), await sinks.codecOf(ledger), reportReturned),
);
sinks.mirror(
  dailyBalances,
  consumerGroups.postgresSinkBalances,
  new PostgresBalanceSink(storeOf('balances'), await sinks.codecOf(dailyBalances)),
);
sinks.mirror(
  merchants,
  consumerGroups.postgresSinkMerchants,
  new PostgresMerchantSink(storeOf('merchants'), await sinks.codecOf(merchants)),
);
sinks.mirror(
  rejections,
  consumerGroups.postgresSinkRejections,
  new PostgresRejectionSink(storeOf('rejections'), {
    rejections: await sinks.codecOf(rejections),
    submissions: await sinks.codecOf(submissions),
  }),
);
await sinks.run();

function storeOf(what: string): PostgresStore {
  return new PostgresStore(url, `${sinks.instance} ${what}`);
}

/** No defect of ours, but somebody should know: a till that sends after 45 days makes ids anew or changes submittedAt. */
function reportReturned(returned: readonly ReturnedId[]): void {
  returnedIds.inc(returned.length);
  for (const each of returned)
    sinks.log.warn(
      each,
      'an id came back after its time and counts as new; its originator changed submittedAt',
    );
}
