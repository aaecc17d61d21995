/**
 * The Redis sink as a process: two loops, one for the balance documents and one for the merchants, until SIGTERM. Several such
 * processes share the partitions.
 */
import { consumerGroups, topics } from '@fluxo/schemas';
import { requiredSetting } from '@fluxo/telemetry';
import { SinkProcess } from '../sink-process.ts';
import { RedisBalanceSink } from './balance.sink.ts';
import { RedisMerchantSink } from './merchant.sink.ts';
import { RedisStore } from './redis-store.ts';

const { dailyBalances, merchants } = topics;
const sinks = await SinkProcess.open('sink-redis-1');
const url = requiredSetting('FLUXO_REDIS');
sinks.mirror(
  dailyBalances,
  consumerGroups.redisSinkBalances,
  new RedisBalanceSink(new RedisStore(url), await sinks.codecOf(dailyBalances)),
);
sinks.mirror(
  merchants,
  consumerGroups.redisSinkMerchants,
  new RedisMerchantSink(new RedisStore(url), await sinks.codecOf(merchants)),
);
await sinks.run();
