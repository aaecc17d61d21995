/** Our processor as a contender: one process. Beginning anew takes away its outputs and its group, which is all it has. */
import { topics } from '@fluxo/schemas';
import { type OurOptions, OurProcesses } from '../pipeline/our-processes.ts';
import type { Contender } from './contender.ts';
import { createFreshTopics } from './fresh-topics.ts';
import type { RivalProgram } from './rival-program.ts';

const OUTPUTS = [topics.ledger, topics.dailyBalances, topics.merchants, topics.rejections];

export type OursOptions = Omit<OurOptions, 'processes'> & {
  /** Its admin commands make topics and groups disappear. */
  readonly program: RivalProgram;
  readonly partitions: number;
};

export class Ours extends OurProcesses implements Contender {
  readonly #begin: OursOptions;

  constructor(options: OursOptions) {
    super({ ...options, processes: 1 });
    this.#begin = options;
  }

  async forget(): Promise<void> {
    const { program, stack, partitions } = this.#begin;
    await program.run('forget', { group: this.groupId, topics: OUTPUTS.map(({ name }) => name).join(',') });
    await createFreshTopics({ brokers: [stack.addresses.kafka], topics: OUTPUTS, partitions });
  }
}
