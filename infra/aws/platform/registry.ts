/**
 * The schema registry: Apicurio, software of others, with a Postgres of its own. Programs ask it when they start and when they meet a
 * schema that is new to them; two of it run, in two zones, so that a release need not wait for one.
 */
import { Duration } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { accept } from '../accepted.ts';
import { clientsOf } from '../data/clients.ts';
import type { DataStack } from '../data/data.stack.ts';
import type { FoundationStack } from '../foundation/foundation.stack.ts';
import type { Machines } from './machines.ts';

/** Names of programs that are found without a load balancer, inside the network only. */
export const INTERNAL_NAMES = 'fluxo.internal';

const PORT = 8_080;
const IMAGE = 'docker.io/apicurio/apicurio-registry-sql:2.6.13.Final';

export type RegistryProps = {
  readonly foundation: FoundationStack;
  readonly data: DataStack;
  readonly machines: Machines;
};

export class Registry extends Construct {
  /** FLUXO_REGISTRY. */
  readonly address: string;
  readonly clients: ec2.SecurityGroup;

  constructor(scope: Construct, id: string, props: RegistryProps) {
    super(scope, id);
    const { vpc } = props.foundation;
    const { cluster, capacityProvider } = props.machines;
    const group = new ec2.SecurityGroup(this, 'Access', {
      vpc,
      allowAllOutbound: false,
      description: 'Registry',
    });
    this.clients = clientsOf(this, { name: 'the registry', vpc, connections: group.connections, port: PORT });
    const namespace = cluster.addDefaultCloudMapNamespace({ name: INTERNAL_NAMES });
    const service = new ecs.Ec2Service(this, 'Service', {
      cluster,
      serviceName: 'registry',
      taskDefinition: this.#task(props),
      desiredCount: 2,
      minHealthyPercent: 50,
      securityGroups: [group, props.data.registryDatabase.clients],
      capacityProviderStrategies: [{ capacityProvider, weight: 1 }],
      placementStrategies: [ecs.PlacementStrategy.spreadAcross(ecs.BuiltInAttributes.AVAILABILITY_ZONE)],
      circuitBreaker: { rollback: true },
      cloudMapOptions: { name: 'registry', cloudMapNamespace: namespace, dnsTtl: Duration.seconds(10) },
    });
    service.node.addDependency(props.data.registryDatabase);
    this.address = `http://registry.${INTERNAL_NAMES}:${PORT}/apis/ccompat/v7`;
  }

  #task({ foundation, data }: RegistryProps): ecs.Ec2TaskDefinition {
    const { instance } = data.registryDatabase;
    if (instance.secret === undefined)
      throw new Error('The registry’s database has no generated administrator.');
    const task = new ecs.Ec2TaskDefinition(this, 'Task', {
      family: 'fluxo-registry',
      networkMode: ecs.NetworkMode.AWS_VPC,
    });
    const logGroup = new logs.LogGroup(this, 'Log', {
      logGroupName: '/fluxo/registry',
      retention: logs.RetentionDays.ONE_MONTH,
      encryptionKey: foundation.key,
    });
    const { dbInstanceEndpointAddress: host, dbInstanceEndpointPort: port } = instance;
    task.addContainer('registry', {
      image: ecs.ContainerImage.fromRegistry(IMAGE),
      memoryReservationMiB: 512,
      memoryLimitMiB: 1_024,
      environment: {
        REGISTRY_DATASOURCE_URL: `jdbc:postgresql://${host}:${port}/registry?sslmode=require`,
        JAVA_OPTIONS: '-Xmx512m',
      },
      secrets: {
        REGISTRY_DATASOURCE_USERNAME: ecs.Secret.fromSecretsManager(instance.secret, 'username'),
        REGISTRY_DATASOURCE_PASSWORD: ecs.Secret.fromSecretsManager(instance.secret, 'password'),
      },
      portMappings: [{ containerPort: PORT }],
      logging: ecs.LogDrivers.awsLogs({ streamPrefix: 'registry', logGroup }),
      healthCheck: {
        command: [
          'CMD-SHELL',
          `curl --fail --silent http://127.0.0.1:${PORT}/apis/ccompat/v7/subjects > /dev/null`,
        ],
        interval: Duration.seconds(15),
        startPeriod: Duration.minutes(2),
      },
    });
    accept(task, 'ECS2', 'An address; name and password come from Secrets Manager.');
    return task;
  }
}
