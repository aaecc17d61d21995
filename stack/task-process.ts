/** Runs a program of ours that ends by itself, and says how it ended. Its output goes to its log. */
import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { join } from 'node:path';
import { logTail, openLog } from './native-process.ts';
import { compileCache, type Place } from './place.ts';
import { secretsFor } from './secured/secrets.ts';
import type { TaskService } from './services.ts';
import { StackError } from './stack-error.ts';

/** Resolves when the program has ended with 0. Throws `not-ready` with its last words otherwise. */
export async function runTask(place: Place, task: TaskService, abort?: AbortSignal): Promise<void> {
  const log = openLog(place, task.name);
  const child = spawn(process.execPath, [join(place.checkout, task.program)], {
    cwd: place.checkout,
    env: {
      ...place.env,
      ...task.environment(place.addresses),
      ...secretsFor(place, task.name),
      ...compileCache(place),
    },
    stdio: ['ignore', log, log],
    ...(abort === undefined ? {} : { signal: abort }),
  });
  closeSync(log);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  if (code === 0) return;
  throw new StackError('not-ready', `${task.name} failed. Its last words:\n${logTail(place, task.name)}`);
}
