/** What the query API counts of its answers beside what every API does: which of the views behind one another they came from. */
import { registerRequestMetrics } from '@fluxo/http';
import { Counter, type Registry } from '@fluxo/telemetry';
import type { FastifyInstance } from 'fastify';

export function registerAnswerMetrics(app: FastifyInstance, metrics: Registry): void {
  const answers = new Counter({
    name: 'fluxo_query_answers_total',
    help: 'Answers by the view they came from; none: no view was asked, or none could tell.',
    labelNames: ['tier'],
    registers: [metrics],
  });
  registerRequestMetrics(app, metrics, {
    onAnswer: (reply) => answers.inc({ tier: String(reply.getHeader('x-fluxo-tier') ?? 'none') }),
  });
}
