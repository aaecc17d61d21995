/**
 * `npm run stack -- <command>`: the stack in the background, one command at a time. Exit codes: 0 as asked, 1 it could not be
 * done (the reason is on standard error), 2 wrong usage.
 */
import { type CommandName, type Flags, readCommandLine } from './command-line.ts';
import { placeOf } from './place.ts';
import { runProgram } from './program.ts';
import { isSecured, secure } from './secured/secrets.ts';
import { defaultSize, type Service, serviceNamed, servicesOf, streamsCount } from './services.ts';
import { statusOf } from './status.ts';
import { Supervisor } from './supervisor.ts';

const say = (name: string, state: string) => console.log(`${name}: ${state}`);

const commands: Readonly<
  Record<CommandName, (supervisor: Supervisor, names: readonly string[], flags: Flags) => Promise<void>>
> = {
  async up(supervisor, _names, flags) {
    await supervisor.up(await requested(supervisor, flags), { progress: say });
  },
  async down(supervisor) {
    await supervisor.down(say);
  },
  async stop(supervisor, names) {
    await supervisor.stop(names.map(serviceNamed), say);
  },
  async start(supervisor, names) {
    await supervisor.up(names.map(serviceNamed), { progress: say });
  },
  async restart(supervisor, names) {
    const services = names.map(serviceNamed);
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
  if (flags.only !== undefined) return flags.only.split(',').map(serviceNamed);
  const streams = streamsCount(flags.streams ?? process.env['FLUXO_STREAMS']);
  const wanted = servicesOf({
    ...defaultSize,
    streams,
    hasSimulator: !flags['no-simulator'],
    hasDynamodb: flags.dynamodb ?? false,
    hasWatchers: flags.observe ?? false,
    hasSignIn: process.env['FLUXO_AUTH'] !== 'off',
  });
  const names = new Set(wanted.map(({ name }) => name));
  const before = [...(await supervisor.runningNames())].filter(
    (name) => !names.has(name) && name !== 'simulator',
  );
  return [...wanted, ...before.map(serviceNamed)];
}

await runProgram(async () => {
  const { command, names, flags } = readCommandLine(process.argv.slice(2));
  const place = placeOf();
  if (flags.secure || isSecured(place)) secure(place);
  await commands[command](new Supervisor(place), names, flags);
});
