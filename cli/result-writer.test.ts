import { Writable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { ResultWriter } from './result-writer.ts';

function failing(code: string): Writable {
  const error = Object.assign(new Error(`${code}: it takes nothing, write`), { code });
  const stream = new Writable({ write: (_chunk, _encoding, done) => done(error) });
  return stream.on('error', () => undefined);
}

test('a reader that has gone is no failure; a full disk is one, and says that a part was written', async () => {
  await expect(new ResultWriter(failing('EPIPE')).lines(['x'])).rejects.toMatchObject({
    code: 'output-closed',
  });
  await expect(new ResultWriter(failing('ENOSPC')).lines(['x'])).rejects.toThrow(
    'Standard output takes no more, so what it holds is incomplete: ENOSPC',
  );
});
