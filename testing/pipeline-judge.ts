/**
 * The verdict on a whole pipeline: dumps of all its topics against what somebody else computes from the same submissions. The one
 * place where another judge is plugged in.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { topics } from '@fluxo/schemas';
import { fluxo, fluxoToFile } from './fluxo-command.ts';
import { compareWithOracle } from './oracle.ts';

type Environment = Readonly<Record<string, string>>;

const outputs = [topics.ledger, topics.dailyBalances, topics.merchants, topics.rejections];

/**
 * What is wrong with the outputs of this stack, whose processors must have caught up: a text that ends with `: 0 differences`
 * where nothing is. Also fails if a chain of hashes is broken.
 */
export async function differencesOf(env: Environment): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fluxo-judge-'));
  try {
    const dumpOf = (topic: string, flags: readonly string[]) =>
      fluxoToFile(join(folder, `${topic}.jsonl`), ['dump', topic, ...flags], env);
    const submissions = await dumpOf(topics.submissions.name, []);
    const dumps: string[] = [];
    for (const { name } of outputs) dumps.push(await dumpOf(name, ['--raw']));
    const chains = JSON.parse(await fluxo(['verify-chain', '--json'], env)) as { readonly broken: number };
    if (chains.broken > 0) return `${chains.broken} broken chains of hashes`;
    return await compareWithOracle(submissions, dumps);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
