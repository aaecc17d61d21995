#!/usr/bin/env node
/**
 * `npx fluxo`, whatever Node the machine has: the program is TypeScript that Node 24 runs as it is, so under an older Node this
 * starts it again with the Node 24 that the checkout brings along, passing signals and the exit code on. Plain JavaScript,
 * because an old Node reads it. It knows nothing of the commands. What Node compiles is kept between runs, in the checkout: without
 * that, loading takes half as long again. Where it cannot be written, Node does without.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const cli = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(dirname(cli), 'node_modules');
const installedNode = join(modules, '.bin', 'node');
process.env.NODE_COMPILE_CACHE ??= join(modules, '.cache', 'node-compile');

function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > 24 || (major === 24 && minor >= 15);
}

/** The channel tells the program when this process dies, however it dies; it carries no messages. */
function runAgainWith(node) {
  const child = spawn(node, [join(cli, 'main.ts'), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(
      `fluxo: ${node} cannot be started (${error.message}). Run \`npm ci\` in the checkout again.`,
    );
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

if (isNewEnough(process.versions.node)) {
  nodeModule.enableCompileCache();
  await import('../main.ts');
} else if (existsSync(installedNode)) {
  runAgainWith(installedNode);
} else {
  console.error(
    `fluxo: Node ${process.versions.node} is too old, and the checkout has no newer one.\n` +
      'Run `npm ci` in the checkout (on Linux x64 it brings Node 24), or install Node 24.15 or newer.',
  );
  process.exitCode = 1;
}
