import { describe, expect, test } from '@jest/globals';
import { hostOnOwnMachine } from './own-machine.ts';

describe('a provider without passwords', () => {
  test('listens on loopback', () => {
    expect(hostOnOwnMachine({})).toBe('127.0.0.1');
    expect(hostOnOwnMachine({ FLUXO_HTTP_HOST: '::1' })).toBe('::1');
  });

  test.each<[Record<string, string>, string]>([
    [{ FLUXO_HTTP_HOST: '0.0.0.0' }, '0.0.0.0'],
    [{ NODE_ENV: 'production' }, 'production'],
  ])('does not start with %p', (env, why) => {
    expect(() => hostOnOwnMachine(env)).toThrow(why);
  });
});
