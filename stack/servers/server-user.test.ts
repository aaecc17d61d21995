import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { isReachableByAll } from './server-user.ts';

test('a folder behind one that is closed to others cannot be reached, whether or not it exists yet', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fluxo-test-'));
  const inside = join(folder, 'data', 'postgres');
  expect(isReachableByAll(inside)).toBe(false);
  chmodSync(folder, 0o711);
  expect(isReachableByAll(inside)).toBe(true);
  rmSync(folder, { recursive: true });
});
