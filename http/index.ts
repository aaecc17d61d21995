/** What every API of ours does alike around its routes: limits, problems, JSON, the questions of operators, a quiet end. */
export { Bulkhead } from './bulkhead.ts';
export { bodyPointer, type Complaint, complaintDetail, parameterOf } from './complaint.ts';
export {
  commonProblems,
  type FailureReporter,
  HttpProblem,
  type ProblemOptions,
  RETRY_AFTER_SECONDS,
} from './http-problem.ts';
export { takeJson } from './json-body.ts';
export { registerLoadShedding } from './load-shedding.plugin.ts';
export { problemResponse, registerAnswerSchemas, registerOpenApi } from './openapi.plugin.ts';
export { type OperationsOptions, type Readiness, registerOperations } from './operations.plugin.ts';
export {
  answerFrameworkErrors,
  type FrameworkProblemCode,
  frameworkProblemCode,
  type ProblemOf,
  refuseConnectionWith,
  registerProblemAnswers,
  sendProblem,
} from './problem-answers.ts';
export { type RequestMetricsOptions, registerRequestMetrics } from './request-metrics.plugin.ts';
export { type RequestTracesOptions, registerRequestTraces } from './request-traces.plugin.ts';
export { type Served, serve } from './serve.ts';
export { createServer, type ServerOptions } from './server.ts';
export { Shutdown } from './shutdown.ts';
export { JsonRefusal, parseStrictJson } from './strict-json.ts';
