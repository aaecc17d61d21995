/**
 * What programs run on and what must have run before them: machines, the schema registry, and two tasks that a release starts first, one
 * for topics and schemas, one for roles and tables. The stack of the programs is deployed after these have ended well.
 */
import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';
import type { DataStack } from '../data/data.stack.ts';
import type { FoundationStack } from '../foundation/foundation.stack.ts';
import { kafkaAccess } from './kafka-access.ts';
import { Machines } from './machines.ts';
import { Program } from './program.ts';
import { Registry } from './registry.ts';

export type PlatformProps = StackProps & {
  readonly foundation: FoundationStack;
  readonly data: DataStack;
  readonly imageTag: string;
};

export class PlatformStack extends Stack {
  readonly machines: Machines;
  readonly registry: Registry;

  constructor(scope: Construct, id: string, props: PlatformProps) {
    super(scope, id, props);
    const { foundation, data, imageTag } = props;
    this.machines = new Machines(this, 'Machines', { foundation });
    this.registry = new Registry(this, 'Registry', { foundation, data, machines: this.machines });
    const task = { foundation, imageTag, memory: { reservedMib: 128, limitMib: 512 }, endsByItself: true };
    const provision = new Program(this, {
      ...task,
      ...kafkaAccess('provision', { data, registry: this.registry }),
      name: 'provision',
      program: 'stack/provision.ts',
      reaches: [data.kafka.clients, this.registry.clients],
    });
    const migrate = new Program(this, {
      ...task,
      name: 'migrate',
      program: 'postgres/main.ts',
      environment: {},
      secrets: {
        FLUXO_POSTGRES: ecs.Secret.fromSecretsManager(data.postgresUsers.addressOf('fluxo_owner')),
        FLUXO_POSTGRES_ADMIN: ecs.Secret.fromSecretsManager(data.postgresUsers.admin),
      },
      reaches: [data.postgres.clients],
    });
    for (const each of [provision, migrate]) this.#tell(each);
    new CfnOutput(this, 'Subnets', {
      value: foundation.vpc.privateSubnets.map(({ subnetId }) => subnetId).join(','),
    });
  }

  /** What `aws ecs run-task` wants to know of a task. */
  #tell({ name, securityGroups }: Program): void {
    new CfnOutput(this, `${name}Groups`, {
      value: securityGroups.map(({ securityGroupId }) => securityGroupId).join(','),
    });
  }
}
