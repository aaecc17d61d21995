import { expect, test } from '@jest/globals';
import { metricIn, perSecond } from './counters.ts';

const text = `# HELP fluxo_streams_processed_records_total Submissions in committed transactions.
# TYPE fluxo_streams_processed_records_total counter
fluxo_streams_processed_records_total 1234
fluxo_streams_processed_records_total_other 9
`;

test('a metric is found by its whole name', () => {
  expect(metricIn(text, 'fluxo_streams_processed_records_total')).toBe(1234);
  expect(metricIn(text, 'fluxo_streams_processed_records')).toBe(0);
});

test('a rate is per second, and never negative when a processor was restarted', () => {
  const before = { submissions: 100, published: 0, atMs: 1_000 };
  expect(perSecond(before, { submissions: 300, published: 0, atMs: 3_000 }, 'submissions')).toBe(100);
  expect(perSecond(before, { submissions: 5, published: 0, atMs: 3_000 }, 'submissions')).toBe(0);
});
