/** Sends what a plan would have accepted, in its own bytes. */
import { type BrokerAccess, IdempotentProducer } from '@fluxo/kafka';
import { topics } from '@fluxo/schemas';
import { messageOf, type ReplayStep } from './replay-plan.ts';

const RETRIES_MAX = 10;

type ReplaySender = {
  readonly access: BrokerAccess;
  /** How the brokers' logs name the program. */
  readonly clientId: string;
  /** Who it is sent by, for the trail on the submission. */
  readonly by: string;
};

/** Resolves when all that would be accepted is acknowledged. Repeating a failed replay is safe: the ids are the original ones. */
export async function sendReplay(
  steps: readonly ReplayStep[],
  { access, clientId, by }: ReplaySender,
): Promise<void> {
  const messages = steps.flatMap((step) => messageOf(step, by) ?? []);
  if (messages.length === 0) return;
  const producer = await IdempotentProducer.connect({ ...access, clientId, retries: RETRIES_MAX });
  try {
    await producer.send(topics.submissions.name, messages);
  } finally {
    await producer.close();
  }
}
