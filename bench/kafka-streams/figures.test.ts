import { expect, test } from '@jest/globals';
import { FigureBook } from './figures.ts';

test('a line has both spreads, the ratio of the medians, and the noise of the worst run', () => {
  const book = new FigureBook();
  for (const [mine, theirs] of [
    [100, 50],
    [300, 60],
    [120, 10],
  ] as const) {
    book.add('fluxo', 'entriesPerSecond', mine, 0.1);
    book.add('rival', 'entriesPerSecond', theirs, mine === 300 ? 0.4 : 0);
  }
  expect(book.line('entriesPerSecond', 'fluxo', 'rival', { entries: 7 })).toEqual({
    bench: 'kafka-streams',
    figure: 'entriesPerSecond',
    better: 'higher',
    subject: 'fluxo',
    rival: 'rival',
    ours: { min: 100, median: 120, max: 300 },
    theirs: { min: 10, median: 50, max: 60 },
    ratio: 2.4,
    runs: 3,
    othersShareMax: 0.4,
    isNoisy: true,
    entries: 7,
  });
});

test('what one of them has not done gives no line', () => {
  const book = new FigureBook();
  book.add('fluxo', 'residentMb', 300, 0);
  expect(book.line('residentMb', 'fluxo', 'rival', {})).toBeNull();
});
