/**
 * `npm run stack -- <command>`: the stack in the background, one command at a time. Exit codes: 0 as asked, 1 it could not be
 * done (the reason is on standard error), 2 wrong usage.
 */
import { parseArgs } from 'node:util';
import { placeOf } from './place.ts';
import { runProgram } from './program.ts';
import { isSecured, secure } from './secured/secrets.ts';
import { defaultSize, type Service, serviceNamed, servicesOf, streamsCount } from './services.ts';
import { StackError } from './stack-error.ts';
import { statusOf } from './status.ts';
import { Supervisor } from './supervisor.ts';

const USAGE = `Usage: npm run stack -- <command>
  up --detach [--streams N] [--no-simulator] [--dynamodb] [--observe] [--secure] [--only NAME,…]
                                                              start what is missing; returns when all is ready
  down                                                        stop everything; data is kept
  stop NAME…   start NAME…   restart NAME…                    single services
  status [--json]                                             what runs, and where
Variables: FLUXO_PORT_BASE (21000), FLUXO_HOME (.fluxo), FLUXO_STREAMS (1), FLUXO_NATIVE=1 (no containers).`;

type Flags = ReturnType<typeof parse>['values'];

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      detach: { type: 'boolean' },
      streams: { type: 'string' },
      'no-simulator': { type: 'boolean' },
      dynamodb: { type: 'boolean', default: false },
      observe: { type: 'boolean', default: false },
      secure: { type: 'boolean', default: false },
      only: { type: 'string' },
      json: { type: 'boolean' },
    },
  });
}

const say = (name: string, state: string) => console.log(`${name}: ${state}`);

const commands: Readonly<
  Record<string, (supervisor: Supervisor, names: string[], flags: Flags) => Promise<void>>
> = {
  async up(supervisor, _names, flags) {
    await supervisor.up(await requested(supervisor, flags), { progress: say });
  },
  async down(supervisor) {
    await supervisor.down(say);
  },
  async stop(supervisor, names) {
    await supervisor.stop(demandNames(names), say);
  },
  async start(supervisor, names) {
    await supervisor.up(demandNames(names), { progress: say });
  },
  async restart(supervisor, names) {
    const services = demandNames(names);
    await supervisor.stop(services, say);
    await supervisor.up(services, { progress: say });
  },
  async status(supervisor, _names, flags) {
    const status = await statusOf(supervisor);
    if (flags.json) return console.log(JSON.stringify(status, null, 2));
    for (const { name, pid, ready } of status.processes)
      console.log(`${name}: ${ready ? 'ready' : 'not ready'} (pid ${pid})`);
    for (const { name } of status.containers) console.log(`${name}: ready (container)`);
    for (const name of status.died) console.log(`${name}: died; \`up --detach\` brings it back`);
    if (status.processes.length + status.containers.length === 0) return console.log('Nothing runs.');
    for (const [name, url] of Object.entries(status.urls)) console.log(`${name} at ${url}`);
    for (const [group, behind] of Object.entries(status.lag))
      console.log(`${group}: ${behind ?? 'unknown how far'} behind`);
  },
};

/** What `up` means here: a stack of the size asked for, and whatever was started before and has died since. */
async function requested(supervisor: Supervisor, flags: Flags): Promise<readonly Service[]> {
  if (flags.only !== undefined) return demandNames(flags.only.split(','));
  const streams = streamsCount(flags.streams ?? process.env['FLUXO_STREAMS']);
  const wanted = servicesOf({
    ...defaultSize,
    streams,
    hasSimulator: !flags['no-simulator'],
    hasDynamodb: flags.dynamodb,
    hasWatchers: flags.observe,
    hasSignIn: process.env['FLUXO_AUTH'] !== 'off',
  });
  const names = new Set(wanted.map(({ name }) => name));
  const before = [...(await supervisor.runningNames())].filter(
    (name) => !names.has(name) && name !== 'simulator',
  );
  return [...wanted, ...before.map(serviceNamed)];
}

function demandNames(names: readonly string[]): readonly Service[] {
  if (names.length === 0)
    throw new StackError('usage', 'Which services? For example: npm run stack -- restart streams-1');
  return names.map(serviceNamed);
}

await runProgram(async () => {
  const { positionals, values } = parse(process.argv.slice(2));
  const command = commands[positionals[0] ?? ''];
  if (command === undefined) throw new StackError('usage', USAGE);
  const place = placeOf();
  if (values.secure || isSecured(place)) secure(place);
  await command(new Supervisor(place), positionals.slice(1), values);
});
