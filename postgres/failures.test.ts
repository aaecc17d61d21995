import { expect, test } from '@jest/globals';
import { DatabaseError } from 'pg';
import { isTransient } from './failures.ts';

/** As Node makes them of a call of the system that failed. */
function systemError(code: string): Error {
  return Object.assign(new Error(`getaddrinfo ${code} postgres`), { code, syscall: 'getaddrinfo' });
}

function databaseError(code: string): Error {
  return Object.assign(new DatabaseError('', 0, 'error'), { code });
}

test.each(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN'])('%s passes', (code) => {
  expect(isTransient(systemError(code))).toBe(true);
});

test.each(['57P01', '53300', '40P01', '08006', '55P03', '25006'])('SQLSTATE %s passes', (code) => {
  expect(isTransient(databaseError(code))).toBe(true);
});

test.each(['42P01', '23505', '22P02', '28P01'])('SQLSTATE %s does not', (code) => {
  expect(isTransient(databaseError(code))).toBe(false);
});

test('what Node calls an error of its own does not', () => {
  expect(isTransient(systemError('ERR_INVALID_ARG_TYPE'))).toBe(false);
});
