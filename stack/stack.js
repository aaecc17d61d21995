/** `npm run stack -- up|down|status|…`: the stack in the background. Runs on Node 20 without dependencies. */
import { ensurePackages, launch, setUpFor } from './launch.js';

ensurePackages();
const startsSomething = ['up', 'start', 'restart'].includes(process.argv[2] ?? '');
if (!startsSomething || setUpFor(process.argv)) launch('main.ts');
else process.exitCode = 1;
