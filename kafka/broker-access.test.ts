import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, test } from '@jest/globals';
import { brokerAccess, Secret } from './broker-access.ts';

const folder = mkdtempSync(join(tmpdir(), 'fluxo-broker-access-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('how a process comes to the brokers', () => {
  test('plain where nobody is named, whatever else is set', () => {
    expect(brokerAccess('a:1, b:2', { FLUXO_KAFKA_PASSWORD: 'x' })).toEqual({ brokers: ['a:1', 'b:2'] });
  });

  test('as a user, with the password and the authorities of files', () => {
    writeFileSync(join(folder, 'password'), 'from-a-file\n');
    writeFileSync(join(folder, 'ca'), 'PEM');
    const { security } = brokerAccess('a:1', {
      FLUXO_KAFKA_USER: 'till',
      FLUXO_KAFKA_PASSWORD: 'from-the-environment',
      FLUXO_KAFKA_PASSWORD_FILE: join(folder, 'password'),
      FLUXO_KAFKA_CA: join(folder, 'ca'),
    });
    expect(security?.password.reveal()).toBe('from-a-file');
    expect(security).toMatchObject({ user: 'till', authorities: 'PEM' });
  });

  test('with the password of the environment, and the authorities that the machine trusts', () => {
    const { security } = brokerAccess('a:1', { FLUXO_KAFKA_USER: 'till', FLUXO_KAFKA_PASSWORD: 'x' });
    expect(security?.password.reveal()).toBe('x');
    expect(security?.authorities).toBeNull();
  });

  test.each([
    [{ FLUXO_KAFKA_USER: 'till' }, /no password for it: set FLUXO_KAFKA_PASSWORD_FILE/],
    [{ FLUXO_KAFKA_USER: 'till', FLUXO_KAFKA_PASSWORD_FILE: '/nowhere' }, /FLUXO_KAFKA_PASSWORD_FILE names/],
    [
      { FLUXO_KAFKA_USER: 'till', FLUXO_KAFKA_PASSWORD: 'canary', FLUXO_KAFKA_CA: '/nowhere' },
      /^(?!.*canary).*FLUXO_KAFKA_CA names/s,
    ],
  ])('%j is refused', (environment, message) => {
    expect(() => brokerAccess('a:1', environment)).toThrow(message);
  });
});

test('a secret shows itself to nobody who does not ask', () => {
  const secret = new Secret('canary');
  const shown = [String(secret), JSON.stringify({ secret }), inspect(secret, { showHidden: true, depth: 9 })];
  for (const text of shown) expect(text).not.toContain('canary');
  expect(secret.reveal()).toBe('canary');
});
