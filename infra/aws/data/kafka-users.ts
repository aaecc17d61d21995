/**
 * One user of Kafka per program, so that ACLs can say who may do what. MSK takes names and passwords from secrets whose names begin
 * with `AmazonMSK_` and whose key is not the default one.
 */

import { type PrincipalName, principals } from '@fluxo/schemas';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as msk from 'aws-cdk-lib/aws-msk';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { accept } from '../accepted.ts';

export type KafkaUser = PrincipalName | 'provision';

/** Everybody who comes to Kafka, and who sets it up. */
const kafkaUsers: readonly KafkaUser[] = [...(Object.keys(principals) as PrincipalName[]), 'provision'];

export type KafkaUsersProps = { readonly clusterArn: string; readonly key: kms.IKey };

export class KafkaUsers extends Construct {
  readonly #secrets = new Map<KafkaUser, Secret>();

  constructor(scope: Construct, id: string, { clusterArn, key }: KafkaUsersProps) {
    super(scope, id);
    for (const user of kafkaUsers) this.#secrets.set(user, this.#secret(user, key));
    new msk.CfnBatchScramSecret(this, 'Association', {
      clusterArn,
      secretArnList: [...this.#secrets.values()].map(({ secretArn }) => secretArn),
    });
  }

  /** Fields `username` and `password`. */
  secretOf(user: KafkaUser): Secret {
    const secret = this.#secrets.get(user);
    if (secret === undefined)
      throw new Error(`There is no user ${user} of Kafka: add it to schemas/principals.ts.`);
    return secret;
  }

  #secret(user: KafkaUser, key: kms.IKey): Secret {
    const secret = new Secret(this, user, {
      secretName: `AmazonMSK_fluxo-${user}`,
      encryptionKey: key,
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ username: user }),
        generateStringKey: 'password',
        excludePunctuation: true,
        passwordLength: 40,
      },
    });
    accept(
      secret,
      'SMG4',
      'A change of password must restart the program that uses it: the runbook does both, see docs/cloud.md.',
    );
    return secret;
  }
}
