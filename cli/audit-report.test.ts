import { Differences } from '@fluxo/audit';
import { expect, test } from '@jest/globals';
import { auditText } from './audit-report.ts';

const counts = {
  submissions: 7,
  counted: 5,
  duplicates: 1,
  rejected: 1,
  ledgerRecords: 5,
  balances: 3,
  merchants: 1,
  rejections: 1,
};

test('a verdict says what was compared, what a view leaves to others, and what was not judged', () => {
  const views = [
    { view: 'Redis', kind: 'judged', documents: 4, elsewhere: [] },
    { view: 'query API', kind: 'judged', documents: 1, elsewhere: [1] },
    { view: 'Postgres', kind: 'not-judged', reason: 'it is gone' },
  ] as const;
  const partitions = [
    { partition: 0, nextOffset: 5, endOffset: 5 },
    { partition: 1, nextOffset: 2, endOffset: 4 },
    { partition: 2, nextOffset: 0, endOffset: 9, unreadable: 'At offset 3 stands what nobody can read.' },
    { partition: 3, nextOffset: 9, endOffset: 9, passed: [{ baseOffset: 4, lastOffset: 6 }] },
  ];
  expect(auditText({ counts, partitions, views, differences: new Differences() })).toEqual([
    '7 submissions in 4 partitions: 5 posted or applied, 1 duplicate, 1 rejected.',
    'Compared: 5 ledger records, 3 balances, 1 merchant, 1 rejection; 4 documents in Redis, ' +
      '1 document in the query API (1 partition left to other processes), Postgres not judged.',
    'Not judged: 2 offsets of submissions that the processor has not taken yet (`fluxo wait`).',
    'Not judged: partition 2. At offset 3 stands what nobody can read.',
    expect.stringMatching(/^Not judged: offsets 4 to 6 of partition 3\. Nobody can read this batch/),
    '0 differences.',
  ]);
});
