import { expect, test } from 'vitest';
import { newTraceparent } from './trace.interceptor.ts';

test('each request names a trace of its own, which nobody has recorded yet', () => {
  const names = Array.from({ length: 100 }, newTraceparent);
  for (const name of names) expect(name).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  expect(new Set(names).size).toBe(names.length);
});
