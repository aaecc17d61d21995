/**
 * The command line of `fluxo`: which commands there are and what their help says. Each command is a file of `commands/` that adds
 * itself here; nothing is done before the arguments have been understood.
 */
import { Command } from 'commander';
import { addAudit } from './commands/audit.ts';
import { addBalance } from './commands/balance.ts';
import { addDoctor } from './commands/doctor.ts';
import { addDump } from './commands/dump.ts';
import { addFold } from './commands/fold.ts';
import { addImport } from './commands/import.ts';
import { addKsql } from './commands/ksql.ts';
import { addLag } from './commands/lag.ts';
import { addRebuild } from './commands/rebuild.ts';
import { addRejections } from './commands/rejections.ts';
import { addReset } from './commands/reset.ts';
import { addSimulate } from './commands/simulate.ts';
import { addSubmit } from './commands/submit.ts';
import { addTail } from './commands/tail.ts';
import { addToken } from './commands/token.ts';
import { addTopics } from './commands/topics.ts';
import { addVerifyChain } from './commands/verify-chain.ts';
import { addWait } from './commands/wait.ts';
import type { Terminal } from './terminal.ts';

const SEE_ALSO = `
Results go to standard output, everything else to standard error.
Exit codes: 0 done, 1 failed or differences found, 2 wrong command line, 3 refused, 130 interrupted.

Which stack: the one at FLUXO_PORT_BASE (default 21000) on this machine, as \`npm start\` brings it up.
FLUXO_KAFKA, FLUXO_REGISTRY, FLUXO_REDIS and FLUXO_QUERY_API name servers elsewhere.
FLUXO_TOKEN is the access token for a query API elsewhere.`;

export function buildProgram(terminal: Terminal): Command {
  const program = new Command('fluxo')
    .description('Looks into a running Fluxo, feeds it and proves it right.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
    })
    .showHelpAfterError('Run the command with --help to see its arguments and an example.')
    .addHelpText('after', SEE_ALSO);
  addSubmit(program, terminal);
  addDump(program, terminal);
  addFold(program, terminal);
  addWait(program, terminal);
  addTopics(program, terminal);
  addLag(program, terminal);
  addTail(program, terminal);
  addDoctor(program, terminal);
  addBalance(program, terminal);
  addRejections(program, terminal);
  addRebuild(program, terminal);
  addVerifyChain(program, terminal);
  addAudit(program, terminal);
  addKsql(program, terminal);
  addImport(program, terminal);
  addSimulate(program, terminal);
  addToken(program, terminal);
  addReset(program, terminal);
  return program;
}
