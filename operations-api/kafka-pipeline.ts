/** The pipeline as this service reaches it: one connection to the brokers for as long as it runs, schemas asked for anew with each question. */
import { type Cluster, GroupOffsets, LogReader, type RegistryPort, TopicCodec } from '@fluxo/kafka';
import type { PipelineLogs, Positions, Stage } from '@fluxo/pipeline';
import type { TopicDefinition } from '@fluxo/schemas';

export class KafkaPipeline implements PipelineLogs {
  readonly reader: LogReader;
  readonly registry: RegistryPort;
  readonly #groups: GroupOffsets;

  constructor(cluster: Cluster, registry: RegistryPort) {
    this.reader = new LogReader(cluster);
    this.registry = registry;
    this.#groups = new GroupOffsets(cluster);
  }

  partitionsOf(topic: TopicDefinition): Promise<number> {
    return this.reader.partitionsOf(topic.name);
  }

  async committed({ groupId, reads }: Stage): Promise<Positions> {
    return new Map([[reads.name, await this.#groups.committed({ groupId, topic: reads.name })]]);
  }

  codecOf(topic: TopicDefinition): Promise<TopicCodec> {
    return TopicCodec.open(this.registry, topic);
  }
}
