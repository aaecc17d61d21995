/** The command line of `npm run stack --`: each command takes its own options and no others; anything else is a `usage` error, before anything is done. */
import { parseArgs } from 'node:util';
import { StackError } from './stack-error.ts';

const USAGE = `Usage: npm run stack -- <command>
  up --detach [--streams N] [--no-simulator] [--dynamodb] [--observe] [--secure] [--only NAME,…]
                                                              start what is missing; returns when all is ready
  down                                                        stop everything; data is kept
  stop NAME…   start NAME…   restart NAME…                    single services
  status [--json]                                             what runs, and where
Variables: FLUXO_PORT_BASE (21000), FLUXO_HOME (.fluxo), FLUXO_STREAMS (1), FLUXO_NATIVE=1 (no containers).`;

const options = {
  detach: { type: 'boolean' },
  streams: { type: 'string' },
  'no-simulator': { type: 'boolean' },
  dynamodb: { type: 'boolean' },
  observe: { type: 'boolean' },
  secure: { type: 'boolean' },
  only: { type: 'string' },
  json: { type: 'boolean' },
} as const;

type Option = keyof typeof options;
type Command = { readonly options: readonly Option[]; readonly takesNames: boolean };

const SIZE = ['streams', 'no-simulator', 'dynamodb', 'observe'] as const;
const named: Command = { options: [], takesNames: true };
const commands = {
  up: { options: ['detach', ...SIZE, 'secure', 'only'], takesNames: false },
  down: { options: [], takesNames: false },
  stop: named,
  start: named,
  restart: named,
  status: { options: ['json'], takesNames: false },
} satisfies Record<string, Command>;

export type CommandName = keyof typeof commands;
export type Flags = ReturnType<typeof parsed>['values'];
export type CommandLine = {
  readonly command: CommandName;
  readonly names: readonly string[];
  readonly flags: Flags;
};

export function readCommandLine(args: readonly string[]): CommandLine {
  const [command = '', ...rest] = args;
  if (!isCommand(command)) throw wrong(command === '' ? '' : `There is no command ${command}.\n`);
  const { values, positionals, tokens } = parsed(rest);
  const given = tokens.flatMap((token) => (token.kind === 'option' ? [token] : []));
  const allowed: Command = commands[command];
  for (const { name, rawName, value } of given) {
    if (!allowed.options.includes(name)) throw wrong(`${command} has no option ${rawName}.\n`);
    if (value === '') throw wrong(`${rawName} needs a value.\n`);
    if (given.filter((other) => other.name === name).length > 1) throw wrong(`${rawName} is given twice.\n`);
  }
  if (!allowed.takesNames && positionals.length > 0)
    throw wrong(`${command} takes no names: ${positionals.join(' ')}.\n`);
  if (allowed.takesNames && positionals.length === 0)
    throw wrong(`Which services? For example: npm run stack -- ${command} streams-1\n`);
  if (command === 'up') demandSense(values);
  return { command, names: positionals, flags: values };
}

function demandSense(flags: Flags): void {
  if (!flags.detach)
    throw wrong('up works in the background only: --detach. In the terminal it is `npm start`.\n');
  const size = SIZE.find((name) => flags[name] !== undefined);
  if (flags.only !== undefined && size !== undefined)
    throw wrong(`--only says which services, so --${size} would do nothing.\n`);
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, tokens: true, options });
  } catch (error) {
    throw wrong(`${(error as Error).message}\n`);
  }
}

function isCommand(name: string): name is CommandName {
  return Object.hasOwn(commands, name);
}

function wrong(problem: string): StackError {
  return new StackError('usage', `${problem}${USAGE}`);
}
