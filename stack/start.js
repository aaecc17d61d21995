/** `npm start`: setup, then the whole stack in the foreground until Ctrl-C. Runs on Node 20 without dependencies. */
import { ensurePackages, launch, runFirst } from './launch.js';

ensurePackages();
if (runFirst('setup/main.ts', ['--quiet'])) launch('start.ts');
else process.exitCode = 1;
