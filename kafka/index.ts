/** The only importers of the Kafka client, of avsc and of the registry client. */
export { grantAccess } from './access-admin.ts';
export * from './avro/index.ts';
export { type BrokerAccess, brokerAccess, Secret, type Security } from './broker-access.ts';
export { type Clock, systemClock } from './clock.ts';
export { Cluster, type ClusterOptions, type Topic } from './cluster.ts';
export { ConsumerGroup, type PartitionBatch } from './consumer-group.ts';
export { GroupOffsets, type GroupTopic } from './group-offsets.ts';
export {
  IdempotentProducer,
  type MessageToSend,
} from './idempotent-producer.ts';
export {
  KafkaFailure,
  type KafkaFailureCode,
  UnreadableBatch,
  UnreadablePartition,
} from './kafka-failure.ts';
export { LogReader, type ReadRange, type TopicBatch } from './log-reader.ts';
export type { Assignment } from './membership.ts';
export type { OutgoingRecord } from './outgoing-batches.ts';
export { headersOf, type LogRecord } from './record-batch-reader.ts';
export {
  type BrokerConnection,
  type BrokerDialer,
  type BrokerRequests,
  TransportFailure,
} from './requests.ts';
export { scramCredential, setPasswords } from './scram-users.ts';
export {
  createTopics,
  type TopicsOptions,
  topicDifferences,
} from './topic-admin.ts';
export { traceparentOf } from './trace-header.ts';
export {
  type GroupIdentity,
  KafkaTransactionalProducer,
} from './transactional-producer.ts';
