/**
 * `fluxo token`: prints an access token of the local stack's sign-in provider, for curl and scripts: as one of the demo people, by the code flow
 * as the web page would, or as one of the programs, by client credentials. It works for whoever can read the stack's home; a deployment's
 * provider hands out its tokens itself.
 */
import {
  CLI_CLIENT,
  demoPeople,
  type LocalClient,
  localClients,
  machineRights,
  machineToken,
  type PersonId,
  personToken,
} from '@fluxo/identity';
import type { Command } from 'commander';
import { Option } from 'commander';
import { examples } from '../arguments.ts';
import { CliError } from '../cli-error.ts';
import { causeOf } from '../query-api.ts';
import { ResultWriter } from '../result-writer.ts';
import { localProvider } from '../stack-connection.ts';
import type { Terminal } from '../terminal.ts';

const people = Object.keys(demoPeople) as PersonId[];
const machines = localClients.filter((name) => machineRights[name].scopes.length > 0);

type TokenOptions = { readonly as: PersonId | LocalClient };

export function addToken(program: Command, terminal: Terminal): void {
  program
    .command('token')
    .summary('print an access token of the local stack')
    .description(
      'Signs in at the sign-in provider of the local stack and prints the access token, which counts for ten minutes. People: the manager of one ' +
        'store, the owner of three, the operator, who may read every merchant. Programs: those with a secret in the stack’s home.',
    )
    .addOption(
      new Option('--as <who>', 'a demo person or a program')
        .choices([...people, ...machines])
        .makeOptionMandatory(),
    )
    .addHelpText(
      'after',
      examples(
        'fluxo token --as operator',
        'curl -H "Authorization: Bearer $(npx fluxo token --as owner)" http://127.0.0.1:21010/v1/merchants/sim-0002/balances/latest',
        `fluxo token --as ${CLI_CLIENT}`,
      ),
    )
    .action(async ({ as }: TokenOptions) => {
      await new ResultWriter(terminal.stdout).lines([await tokenOf(as, terminal)]);
    });
}

async function tokenOf(who: TokenOptions['as'], terminal: Terminal): Promise<string> {
  const provider = localProvider(terminal);
  try {
    return isPerson(who) ? await personToken(provider, who) : await machineToken(provider, who);
  } catch (error) {
    throw new CliError(
      'stack-failed',
      `No token for ${who} from ${provider.url}: ${causeOf(error)}\n` +
        'Start a stack with `npm start`, or name the one you mean with FLUXO_PORT_BASE and FLUXO_HOME.',
      { cause: error },
    );
  }
}

function isPerson(who: TokenOptions['as']): who is PersonId {
  return people.some((person) => person === who);
}
