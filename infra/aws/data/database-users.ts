/**
 * The addresses by which programs come to Postgres, each a secret that holds the whole URL of one role: nothing composes an address
 * at run time, and nobody sees another role's. The certificate of RDS is checked against the authority's, which the machines fetch
 * when they start.
 */
import { SecretValue } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as rds from 'aws-cdk-lib/aws-rds';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { accept } from '../accepted.ts';
import { POSTGRES_PORT } from './database.ts';

/** Where machines keep what RDS' certificates are signed with; mounted into every container. */
export const DATABASE_AUTHORITY_FILE = '/etc/fluxo/rds-ca.pem';

/** Of `postgres/roles.ts`; a test compares. */
export const databaseRoles = [
  'fluxo_owner',
  'fluxo_sink',
  'fluxo_entries',
  'fluxo_relay',
  'fluxo_reader',
  'fluxo_auditor',
] as const;

export type DatabaseRole = (typeof databaseRoles)[number];

export type DatabaseUsersProps = { readonly instance: rds.DatabaseInstance; readonly key: kms.IKey };

export class DatabaseUsers extends Construct {
  /** The administrator's address, to the database that every server has. */
  readonly admin: ISecret;
  readonly #addresses = new Map<DatabaseRole, Secret>();
  readonly #props: DatabaseUsersProps;

  constructor(scope: Construct, id: string, props: DatabaseUsersProps) {
    super(scope, id);
    this.#props = props;
    // The task that makes the roles gives all of them one password.
    const password = this.#secret('Password', {
      generateSecretString: { excludePunctuation: true, passwordLength: 40 },
    }).secretValue.unsafeUnwrap();
    for (const role of databaseRoles)
      this.#addresses.set(role, this.#address(role, { password, database: 'fluxo' }));
    const { secret } = props.instance;
    if (secret === undefined)
      throw new Error(
        'The database has no generated administrator: give it credentials from a generated secret.',
      );
    const adminPassword = secret.secretValueFromJson('password').unsafeUnwrap();
    this.admin = this.#address('fluxo_admin', { password: adminPassword, database: 'postgres' });
    accept(
      this,
      'SMG4',
      'A change of password restarts whoever uses it: the runbook does both, see docs/cloud.md.',
    );
  }

  addressOf(role: DatabaseRole): ISecret {
    const address = this.#addresses.get(role);
    if (address === undefined)
      throw new Error(`There is no role ${role} of Postgres: add it to databaseRoles.`);
    return address;
  }

  #address(role: string, to: { readonly password: string; readonly database: string }): Secret {
    const { dbInstanceEndpointAddress: host } = this.#props.instance;
    const query = `sslmode=verify-full&sslrootcert=${DATABASE_AUTHORITY_FILE}`;
    const url = `postgres://${role}:${to.password}@${host}:${POSTGRES_PORT}/${to.database}?${query}`;
    return this.#secret(role, { secretStringValue: SecretValue.unsafePlainText(url) });
  }

  #secret(id: string, props: ConstructorParameters<typeof Secret>[2]): Secret {
    return new Secret(this, id, { encryptionKey: this.#props.key, ...props });
  }
}
