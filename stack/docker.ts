/**
 * Whether containers can be used here: a daemon answers within two seconds and the compose plugin is there. FLUXO_NATIVE=1
 * says no whatever Docker says.
 */
import { spawnSync } from 'node:child_process';
import type { Environment } from './addresses.ts';

const ANSWER_WITHIN_MS = 2_000;

export function isDockerUsable(env: Environment): boolean {
  if (env['FLUXO_NATIVE'] === '1') return false;
  return answers(['info', '--format', '{{.ServerVersion}}'], env) && answers(['compose', 'version'], env);
}

function answers(args: readonly string[], env: Environment): boolean {
  const { status } = spawnSync('docker', args, { env, timeout: ANSWER_WITHIN_MS, stdio: 'ignore' });
  return status === 0;
}
