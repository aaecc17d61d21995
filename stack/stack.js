/** `npm run stack -- up|down|status|…`: the stack in the background. Runs on Node 20 without dependencies. */
import { ensurePackages, launch, runFirst } from './launch.js';

ensurePackages();
const startsSomething = ['up', 'start', 'restart'].includes(process.argv[2] ?? '');
if (!startsSomething || runFirst('setup/main.ts', ['--quiet'])) launch('main.ts');
else process.exitCode = 1;
