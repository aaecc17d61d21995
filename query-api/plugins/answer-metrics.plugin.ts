/** What the query API counts of its answers beside what every API does: which of the views behind one another they came from. */
import { registerRequestMetrics } from '@fluxo/http';
import { type Registry, registerTalliedCounter } from '@fluxo/telemetry';
import type { FastifyInstance } from 'fastify';

export function registerAnswerMetrics(app: FastifyInstance, metrics: Registry): void {
  const answers = new Map<string, number>();
  const figure = {
    name: 'fluxo_query_answers_total',
    help: 'Answers by the view they came from; none: no view was asked, or none could tell.',
    labelNames: ['tier'],
  };
  registerTalliedCounter(metrics, figure, () =>
    [...answers].map(([tier, value]) => ({ labels: { tier }, value })),
  );
  registerRequestMetrics(app, metrics, {
    onAnswer: (reply) => {
      const tier = String(reply.getHeader('x-fluxo-tier') ?? 'none');
      answers.set(tier, (answers.get(tier) ?? 0) + 1);
    },
  });
}
