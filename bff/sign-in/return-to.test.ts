/** Where a sign-in may lead to, as browsers read addresses. */
import { describe, expect, test } from '@jest/globals';
import { localPath } from './return-to.ts';

describe('a path on this site', () => {
  test.each(['/', '/m/sim-0001/today', '/m/a~b_c.d-e/day/2026-03-01?tab=1&x=%2F%2Fevil#top', '/a//b'])(
    '%s is followed',
    (path) => expect(localPath(path)).toBe(path),
  );

  test('what leads upwards stays on this site', () => {
    expect(localPath('/a/../../m')).toBe('/m');
  });
});

describe('anything else is not', () => {
  test.each([
    '',
    'm/today',
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\/evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '/\u0000/evil.example',
    ' //evil.example',
    '/ /evil.example',
    'https://evil.example',
    'https:evil.example',
    'javascript:alert(1)',
    'data:text/html,x',
    '/m/\u00e9',
    '/.//evil.example',
    '/..//evil.example',
    `/${'a'.repeat(600)}`,
  ])('%j', (text) => expect(localPath(text)).toBeNull());
});
