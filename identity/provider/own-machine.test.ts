import { describe, expect, test } from '@jest/globals';
import { hostOnOwnMachine } from './own-machine.ts';

const container = { FLUXO_IDENTITY_CONTAINER: 'published-on-loopback' };

describe('a provider without passwords', () => {
  test('listens on loopback, or where a container says that it is published there', () => {
    expect(hostOnOwnMachine({})).toBe('127.0.0.1');
    expect(hostOnOwnMachine({ FLUXO_HTTP_HOST: '::1' })).toBe('::1');
    expect(hostOnOwnMachine({ FLUXO_HTTP_HOST: '0.0.0.0', ...container })).toBe('0.0.0.0');
  });

  test.each<[Record<string, string>, string]>([
    [{ FLUXO_HTTP_HOST: '0.0.0.0' }, '0.0.0.0'],
    [{ FLUXO_HTTP_HOST: '0.0.0.0', FLUXO_IDENTITY_CONTAINER: 'yes' }, '0.0.0.0'],
    [{ NODE_ENV: 'production' }, 'production'],
    [{ NODE_ENV: 'production', ...container }, 'production'],
  ])('does not start with %p', (env, why) => {
    expect(() => hostOnOwnMachine(env)).toThrow(why);
  });
});
