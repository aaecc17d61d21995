/** What looking into the pipeline needs of a cluster: its logs, where groups stand, the codecs of its topics. Whoever connects says how failures are told. */
import type { LogReader, TopicCodec } from '@fluxo/kafka';
import type { TopicDefinition } from '@fluxo/schemas';
import type { Positions } from './lag.ts';
import type { Stage } from './stages.ts';

export interface PipelineLogs {
  readonly reader: LogReader;
  /** Fails if the topic does not exist. */
  partitionsOf(topic: TopicDefinition): Promise<number>;
  /** Where the stage goes on, as far as it has committed. */
  committed(stage: Stage): Promise<Positions>;
  /** Fails if the schema registry does not answer or does not know the topic's schemas. */
  codecOf(topic: TopicDefinition): Promise<TopicCodec>;
}
