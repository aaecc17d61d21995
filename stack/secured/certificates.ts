/**
 * Certificates of a stack on this machine, made by OpenSSL: an authority of this stack alone, and the broker's certificate, which bears the
 * addresses of loopback and nothing else. Whoever trusts the authority trusts whatever is signed by its key, which therefore never leaves
 * the folder and is readable by its owner only.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StackError } from '../stack-error.ts';

/** As long as a laptop's stack may live: nothing there renews them. */
const VALID_DAYS = 3_650;

export const certificateFiles = {
  /** The authority's certificate, PEM: what clients are given. */
  authority: 'authority.pem',
  /** Key and certificate of the broker in one file, as Kafka wants them. */
  broker: 'broker.pem',
} as const;

/** The name in the broker's certificate: by it the broker is known to its own controller. */
export const BROKER_NAME = 'fluxo-broker';

const EXTENSIONS = `[req]
distinguished_name = name
prompt = no
[name]
CN = unused
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[broker]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth, clientAuth
`;

export type CertificateOptions = {
  readonly folder: string;
  /** What the broker's certificate is for, as OpenSSL writes it: `IP:127.0.0.1`. */
  readonly names: readonly string[];
};

/** Makes both in the folder. Throws `tool-missing` where there is no OpenSSL, `not-ready` if it fails. */
export function makeCertificates({ folder, names }: CertificateOptions): void {
  const settings = join(folder, 'openssl.cnf');
  const at = (name: string) => join(folder, name);
  writeFileSync(settings, `${EXTENSIONS}subjectAltName = ${names.join(', ')}\n`);
  const request = (subject: string, section: string, [key, certificate]: [string, string]) => {
    const made = ['-keyout', at(key), '-out', at(certificate)];
    const kind = ['-x509', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
    const content = ['-config', settings, '-extensions', section, '-subj', `/CN=${subject}`];
    return ['req', ...kind, ...content, '-days', String(VALID_DAYS), ...made];
  };
  const authority = ['-CA', at(certificateFiles.authority), '-CAkey', at('authority.key')];
  openssl(request('Fluxo on this machine', 'authority', ['authority.key', certificateFiles.authority]));
  openssl([...request(BROKER_NAME, 'broker', ['broker.key', 'broker.crt']), ...authority]);
  const pair = readFileSync(at('broker.key'), 'utf8') + readFileSync(at('broker.crt'), 'utf8');
  writeFileSync(at(certificateFiles.broker), pair, { mode: 0o600 });
  chmodSync(at('authority.key'), 0o600);
  for (const name of ['broker.key', 'broker.crt', 'openssl.cnf']) rmSync(at(name));
}

function openssl(args: readonly string[]): void {
  const { status, stderr, error } = spawnSync('openssl', args, { encoding: 'utf8' });
  if (status === 0) return;
  if (error !== undefined && 'code' in error && error.code === 'ENOENT')
    throw new StackError(
      'tool-missing',
      'There is no openssl here, and certificates are made by it. Install it with the packages of the system.',
    );
  throw new StackError(
    'not-ready',
    `A certificate could not be made: ${error?.message ?? stderr.slice(-1_000)}`,
  );
}
