import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { principals } from '@fluxo/schemas';
import { afterAll, expect, test } from '@jest/globals';
import { placeOf } from '../place.ts';
import { passwordFile, passwordOf, secure } from './secrets.ts';

const home = mkdtempSync(join(tmpdir(), 'fluxo-secrets-'));
afterAll(() => rmSync(home, { recursive: true }));

/** Otherwise a home that a former release secured could not be provisioned by one that knows somebody more. */
test('who is new since a home was secured gets a password there, and everybody else keeps his', () => {
  const place = placeOf({ FLUXO_HOME: home });
  mkdirSync(join(home, 'secrets'));
  writeFileSync(passwordFile(place, 'till'), 'of-the-former-release');
  secure(place);
  expect(passwordOf(place, 'till')).toBe('of-the-former-release');
  const users = Object.keys(principals);
  expect(new Set(users.map((user) => passwordOf(place, user))).size).toBe(users.length);
  expect(statSync(passwordFile(place, 'data-team')).mode & 0o777).toBe(0o600);
  const before = readFileSync(passwordFile(place, 'data-team'), 'utf8');
  secure(place);
  expect(readFileSync(passwordFile(place, 'data-team'), 'utf8')).toBe(before);
});
