import { decimalText } from '@fluxo/domain';
import { describe, expect, test } from 'vitest';
import { moneyText, parseAmount, parseSignedAmount } from './minor-units.ts';

const pt = { locale: 'pt-BR' };
const en = { locale: 'en-GB' };
/** Spaces that do not break look like others here. */
const plain = (text: string) => text.replaceAll(/[\u00A0\u202F]/g, ' ');

describe('an amount as text', () => {
  test.each([
    [0, 'BRL', 'R$ 0,00', 'R$0.00'],
    [5, 'BRL', 'R$ 0,05', 'R$0.05'],
    [123_456, 'BRL', 'R$ 1.234,56', 'R$1,234.56'],
    [-123_456, 'BRL', '−R$ 1.234,56', '−R$1,234.56'],
    [1_234, 'JPY', '¥ 1.234', '¥1,234'],
    [1_500_000, 'COP', '$ 15.000,00', '$15,000.00'],
    [15_000, 'IQD', 'IQD 15,000', 'IQD 15.000'],
    [1_234_567, 'BHD', 'BHD 1.234,567', 'BHD 1,234.567'],
    [Number.MAX_SAFE_INTEGER, 'BRL', 'R$ 90.071.992.547.409,91', 'R$90,071,992,547,409.91'],
    [-Number.MAX_SAFE_INTEGER, 'BHD', '−BHD 9.007.199.254.740,991', '−BHD 9,007,199,254,740.991'],
  ])('%s %s', (minor, currency, inPortuguese, inEnglish) => {
    expect(plain(moneyText(minor, currency, pt))).toBe(inPortuguese);
    expect(plain(moneyText(minor, currency, en))).toBe(inEnglish);
  });

  test('a sign before what is above zero, none before zero', () => {
    expect(plain(moneyText(1, 'BRL', { ...pt, isSigned: true }))).toBe('+R$ 0,01');
    expect(plain(moneyText(0, 'BRL', { ...pt, isSigned: true }))).toBe('R$ 0,00');
  });

  test('every digit of the greatest amounts, whatever the decimals', () => {
    expect(decimalText(Number.MAX_SAFE_INTEGER, 'BRL')).toBe('90071992547409.91');
    expect(decimalText(-7, 'BHD')).toBe('-0.007');
  });
});

describe('an amount as typed', () => {
  test.each([
    ['1.234,56', 'BRL', 'pt-BR', 123_456],
    ['1,234.56', 'BRL', 'en-GB', 123_456],
    ['1234,5', 'BRL', 'pt-BR', 123_450],
    ['0,07', 'BRL', 'pt-BR', 7],
    ['12', 'BRL', 'en-GB', 1_200],
    ['12.', 'BRL', 'en-GB', 1_200],
    [' 1 234,56 ', 'BRL', 'pt-BR', 123_456],
    ['1.234', 'JPY', 'pt-BR', 1_234],
    ['1.234', 'BHD', 'en-GB', 1_234],
    ['150,00', 'COP', 'pt-BR', 15_000],
    ['150', 'HUF', 'en-GB', 15_000],
    ['0.0001', 'CLF', 'en-GB', 1],
    ['90.071.992.547.409,91', 'BRL', 'pt-BR', Number.MAX_SAFE_INTEGER],
  ])('%s %s in %s', (typed, currency, locale, minor) => {
    expect(parseAmount(typed, currency, locale)).toEqual({ kind: 'amount', minor });
  });

  test.each([
    ['1.5', 'BRL', 'pt-BR', 'form'],
    ['1,5', 'BRL', 'en-GB', 'form'],
    ['1.23,4', 'BRL', 'pt-BR', 'form'],
    ['-1', 'BRL', 'pt-BR', 'form'],
    ['1e3', 'BRL', 'pt-BR', 'form'],
    ['abc', 'BRL', 'en-GB', 'form'],
    ['1,234', 'BRL', 'pt-BR', 'decimals'],
    ['1,2', 'JPY', 'pt-BR', 'decimals'],
    ['90.071.992.547.409,92', 'BRL', 'pt-BR', 'range'],
  ])('%s %s in %s is not guessed at', (typed, currency, locale, why) => {
    expect(parseAmount(typed, currency, locale)).toEqual({ kind: 'wrong', why });
  });

  test.each([
    ['-1.234,56', 'pt-BR', { kind: 'amount', minor: -123_456 }],
    ['− 0.07', 'en-GB', { kind: 'amount', minor: -7 }],
    ['-0', 'en-GB', { kind: 'amount', minor: 0 }],
    ['12', 'en-GB', { kind: 'amount', minor: 1_200 }],
    [' ', 'en-GB', { kind: 'none' }],
    ['-', 'en-GB', { kind: 'wrong', why: 'form' }],
    ['--1', 'en-GB', { kind: 'wrong', why: 'form' }],
    ['1-', 'en-GB', { kind: 'wrong', why: 'form' }],
    ['-1.234', 'en-GB', { kind: 'wrong', why: 'decimals' }],
    ['-90,071,992,547,409.92', 'en-GB', { kind: 'wrong', why: 'range' }],
  ])('with a sign: "%s" in %s', (typed, locale, parsed) => {
    expect(parseSignedAmount(typed, 'BRL', locale)).toEqual(parsed);
  });

  test('nothing is nothing, not zero', () => {
    expect(parseAmount('  ', 'BRL', 'pt-BR')).toEqual({ kind: 'none' });
  });
});
