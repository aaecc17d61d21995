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

/** Resolves, with what was done, when everything that was closed is exported. What it throws shows as an error of the function; the next run goes on. */
export async function handler(): Promise<ExportCount> {
  const closings = new PostgresClosings(await readerAddress());
  try {
    const count = await exportClosings({ closings, store });
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
