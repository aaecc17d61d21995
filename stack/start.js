/** `npm start`: setup, then the whole stack in the foreground until Ctrl-C. Runs on Node 20 without dependencies. */
import { ensurePackages, launch, setUpFor } from './launch.js';

demandKnownOptions(['--dynamodb', '--observe', '--secure']);
ensurePackages();
if (setUpFor(process.argv)) launch('start.ts');
else process.exitCode = 1;

/** Told before anything is set up. Without the `--` npm keeps an option for itself, and a stack that was to be secured would be open for ever. */
function demandKnownOptions(known) {
  const unknown = process.argv.slice(2).find((word) => !known.includes(word));
  const kept = known.find((option) => process.env[`npm_config_${option.slice(2)}`] !== undefined);
  if (unknown === undefined && kept === undefined) return;
  const problem =
    unknown === undefined ? `npm has taken ${kept} for itself` : `There is no option ${unknown}`;
  console.error(`${problem}, so nothing was started. Usage: npm start -- [${known.join('] [')}]`);
  process.exit(2);
}
