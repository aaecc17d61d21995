/** What an operator sees of the pipeline, and may do to it, from outside: who lags, what was refused, sending it again. For the command and the service. */
export { Backwards } from './backwards.ts';
export { groupLag, lagOver } from './group-lag.ts';
export { type Lag, lagsBehind, type Positions, spanLag, spansOf } from './lag.ts';
export type { PipelineLogs } from './pipeline-logs.ts';
export {
  type FoundRejection,
  findRejections,
  idOf,
  isWhole,
  merchantOf,
  type RejectionFilter,
  submissionIdIn,
} from './rejections/found-rejection.ts';
export { newestRejections, type RejectionPage } from './rejections/newest-rejections.ts';
export { placeText, type RejectionName, type RejectionPlace } from './rejections/rejection-place.ts';
export {
  messageOf,
  planReplay,
  REPLAY_OF_HEADER,
  REPLAYED_BY_HEADER,
  type ReplayStep,
} from './rejections/replay-plan.ts';
export { sendReplay } from './rejections/send-replay.ts';
export {
  dynamodbSinks,
  processor,
  publishedTopics,
  type Stage,
  sinks,
  sinksIn,
} from './stages.ts';
export { textOf } from './text-of.ts';
export {
  firstRecord,
  holdsRecords,
  readTopic,
  type Span,
  spanOf,
  type TopicRecord,
  totalOf,
} from './topic-reader.ts';
