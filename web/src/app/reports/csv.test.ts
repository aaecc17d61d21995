import { expect, test } from 'vitest';
import { csvOf } from './csv.ts';

test('cells that a spreadsheet would run are quoted, quotes and commas escaped, numbers left as they are', () => {
  const rows = [
    [{ text: 'Conta' }, { text: 'Entradas' }],
    ...['=1+1', '+55', '-cofre', '@soma', '\t=1', 'mesa 4;=A1;x', 'um\n+2', 'a; b', 'Caixa "A", frente'].map(
      (text) => [{ text }, { number: '-12.50' }],
    ),
  ];
  expect(csvOf(rows)).toBe(
    [
      '\uFEFFConta,Entradas',
      "'=1+1,-12.50",
      "'+55,-12.50",
      "'-cofre,-12.50",
      "'@soma,-12.50",
      "'\t'=1,-12.50",
      "mesa 4;'=A1;x,-12.50",
      '"um\n\'+2",-12.50',
      'a; b,-12.50',
      '"Caixa ""A"", frente",-12.50',
      '',
    ].join('\r\n'),
  );
});
