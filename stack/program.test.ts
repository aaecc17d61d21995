import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const run = promisify(execFile);
const STACK = import.meta.dirname;

/** Set-up may take minutes, and a stack that was to be secured and is open stays open. */
test.each([
  [['--secured'], {}, 'There is no option --secured'],
  [['--observe', 'streams-1'], {}, 'There is no option streams-1'],
  [[], { npm_config_secure: 'true' }, 'npm has taken --secure for itself'],
])('npm start: %j with %j is wrong usage, said before anything is set up', async (args, env, problem) => {
  const starting = run(process.execPath, [join(STACK, 'start.js'), ...args], {
    env: { ...process.env, ...env },
    timeout: 20_000,
  });
  await expect(starting).rejects.toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(new RegExp(`^${problem}.*npm start -- .*--secure`, 's')),
  });
});

test('a home that cannot be written is said in words, with what to do', async () => {
  const env = { ...process.env, FLUXO_HOME: join(STACK, 'main.ts/home') };
  await expect(run(process.execPath, [join(STACK, 'main.ts'), 'down'], { env })).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^ENOTDIR.*main\.ts\/home.*\n.*FLUXO_HOME.*name folders of your own\.\n$/),
  });
});
