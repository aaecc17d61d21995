/**
 * Builds the read tables of Postgres anew beside those that readers use, by the sinks' own code from the topics' beginning, and puts them in their
 * place when they hold all that the old ones do. Whatever ends it before leaves readers with what they had. What people have entered stays
 * as it is, and so do refusals that the topic has forgotten.
 */
import { spanOf, totalOf } from '@fluxo/pipeline';
import { topics } from '@fluxo/schemas';
import {
  PostgresBalanceSink,
  PostgresGeneration,
  PostgresLedgerSink,
  PostgresMerchantSink,
  PostgresRejectionSink,
  PostgresStore,
  type Sink,
} from '@fluxo/sinks';
import { CLIENT_ID, type StackKafka } from '../stack-connection.ts';
import { fillGeneration, type RebuildOptions } from './fill-generation.ts';

export type RebuildPostgresOptions = RebuildOptions & {
  /** The database, with the role that owns the tables. */
  readonly url: string;
};

/** Resolves when readers see the new tables, with how many offsets they are made of. Fails with what `PostgresGeneration` and `SinkLoop.run` fail with. */
export async function rebuildPostgres(kafka: StackKafka, options: RebuildPostgresOptions): Promise<number> {
  const generation = await PostgresGeneration.begin(options.url);
  const whenFull = async (signal: AbortSignal) => {
    await generation.keepForgotten(await forgetfulPartitions(kafka));
    await generation.switch({
      endOffset: (topic, partition) => kafka.reader.endOffset(topic, partition),
      signal,
      onWaiting: (why) =>
        options.onTrouble(`the new tables cannot take their place yet, because ${why}; trying again`),
    });
  };
  try {
    const sinks = await sinksOf(kafka, options.url, generation.schema);
    await fillGeneration(kafka, { sinks, whenFull }, options);
    return totalOf(options.spans);
  } catch (error) {
    await generation.discard().catch(() => undefined);
    throw error;
  } finally {
    await generation.close();
  }
}

/** Those of which the topic of rejections has forgotten the oldest. */
async function forgetfulPartitions(kafka: StackKafka): Promise<readonly number[]> {
  const spans = await spanOf(kafka, topics.rejections);
  return spans.filter(({ from }) => from > 0).map(({ partition }) => partition);
}

async function sinksOf(kafka: StackKafka, url: string, schema: string): Promise<Record<string, Sink>> {
  const { ledger, dailyBalances, merchants, rejections, submissions } = topics;
  const store = () => new PostgresStore(url, `${CLIENT_ID} rebuild`, schema);
  const codecs = {
    rejections: await kafka.codecOf(rejections),
    submissions: await kafka.codecOf(submissions),
  };
  // An id that came back after its time has been told of by the sink at work.
  const ledgerSink = new PostgresLedgerSink(store(), await kafka.codecOf(ledger), () => undefined);
  return {
    [ledger.name]: ledgerSink,
    [dailyBalances.name]: new PostgresBalanceSink(store(), await kafka.codecOf(dailyBalances)),
    [merchants.name]: new PostgresMerchantSink(store(), await kafka.codecOf(merchants)),
    [rejections.name]: new PostgresRejectionSink(store(), codecs),
  };
}
