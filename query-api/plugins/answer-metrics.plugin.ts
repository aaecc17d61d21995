/** What the query API counts of its answers beside what every API does: which of the views behind one another they came from. */
import { registerRequestMetrics } from '@fluxo/http';
import { Counter, type Registry } from '@fluxo/telemetry';
import type { FastifyInstance } from 'fastify';

export function registerAnswerMetrics(app: FastifyInstance, metrics: Registry): void {
  const answers = new Map<string, number>();
  const counter = new Counter({
    name: 'fluxo_query_answers_total',
    help: 'Answers by the view they came from; none: no view was asked, or none could tell.',
    labelNames: ['tier'],
    registers: [],
    collect() {
      this.reset();
      for (const [tier, count] of answers) this.inc({ tier }, count);
    },
  });
  metrics.registerMetric(counter);
  registerRequestMetrics(app, metrics, {
    onAnswer: (reply) => {
      const tier = String(reply.getHeader('x-fluxo-tier') ?? 'none');
      answers.set(tier, (answers.get(tier) ?? 0) + 1);
    },
  });
}
