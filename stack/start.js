/** `npm start`: setup, then the whole stack in the foreground until Ctrl-C. Runs on Node 20 without dependencies. */
import { ensurePackages, launch, setUpFor } from './launch.js';

ensurePackages();
if (setUpFor(process.argv)) launch('start.ts');
else process.exitCode = 1;
