import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { classArchive, classFlags, recordedClasses } from './class-archive.ts';

let jars: string;
beforeAll(() => {
  jars = mkdtempSync(join(tmpdir(), 'fluxo-test-'));
});
afterAll(() => rmSync(jars, { recursive: true }));

test('a server starts with the archive of its classes where Java has made one', () => {
  expect(classFlags({}, jars)).toEqual([]);
  writeFileSync(classArchive(jars), '');
  expect(classFlags({}, jars)).toEqual([]);
  writeFileSync(classArchive(jars), 'classes');
  expect(classFlags({}, jars)).toEqual([`-XX:SharedArchiveFile=${classArchive(jars)}`]);
});

test('one that records reads none, and writes beside the one that others read', () => {
  expect(classFlags({ FLUXO_RECORD_CLASSES: 'yes' }, jars)).toEqual([
    `-XX:ArchiveClassesAtExit=${recordedClasses(jars)}`,
  ]);
  expect(recordedClasses(jars)).not.toBe(classArchive(jars));
});
