/**
 * The day-end export as a Lambda function: `handler` for a schedule. FLUXO_EXPORTS names the bucket; FLUXO_POSTGRES_SECRET the secret that holds
 * the address of Postgres for the reader, which is asked for at every run; FLUXO_POSTGRES_AUTHORITIES the file of authorities by which the
 * certificate of the server is judged, because the one that the address names is on the machines of the other programs.
 */
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { requiredSetting } from '@fluxo/telemetry';
import { type ExportCount, exportClosings } from './export-closings.ts';
import { PostgresClosings } from './postgres-closings.ts';
import { S3ExportStore } from './s3-export-store.ts';

const secrets = new SecretsManagerClient();
const store = new S3ExportStore(requiredSetting('FLUXO_EXPORTS'));

/** For the day that was begun before: what is killed all the same is done again by the next run. */
const RESERVE_MS = 60_000;

/**
 * Resolves, with what was done, when everything that was closed is exported or the time of the function is nearly over. What it throws shows as an
 * error of the function. Either way the next run goes on.
 */
export async function handler(
  _event: unknown,
  context: { readonly getRemainingTimeInMillis: () => number },
): Promise<ExportCount> {
  const closings = new PostgresClosings(await readerAddress());
  try {
    const count = await exportClosings({
      closings,
      store,
      isTimeLeft: () => context.getRemainingTimeInMillis() > RESERVE_MS,
      turn: Date.now(),
    });
    console.log(JSON.stringify({ level: 'info', ...count, msg: 'exported' }));
    return count;
  } finally {
    await closings.close();
  }
}

async function readerAddress(): Promise<string> {
  const SecretId = requiredSetting('FLUXO_POSTGRES_SECRET');
  const { SecretString = '' } = await secrets.send(new GetSecretValueCommand({ SecretId }));
  const address = new URL(SecretString);
  address.searchParams.set('sslrootcert', requiredSetting('FLUXO_POSTGRES_AUTHORITIES'));
  return address.href;
}
