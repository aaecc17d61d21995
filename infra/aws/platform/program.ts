/**
 * One program of ours as a task of ECS: the image of this release, one command, its environment. It runs as a user who may write nothing but
 * /tmp, has no capability of the kernel, gets secrets from Secrets Manager by name, and carries the security groups of what it may reach.
 */
import { Duration } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { accept } from '../accepted.ts';
import { DATABASE_AUTHORITY_FILE } from '../data/database-users.ts';
import type { FoundationStack } from '../foundation/foundation.stack.ts';
import { CHECKPOINT_FOLDER } from './machines.ts';

/** Every program that has an HTTP port has this one. */
export const HTTP_PORT = 8_000;

export type ProgramProps = {
  readonly foundation: FoundationStack;
  readonly imageTag: string;
  /** `streams-1`: the name of the service, of its logs, and FLUXO_INSTANCE. */
  readonly name: string;
  /** What Node is to run, from the checkout. */
  readonly program: string;
  /** What comes behind it. */
  readonly args?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, ecs.Secret>>;
  /** Below the first the scheduler finds no place, above the second the kernel ends it. MiB. */
  readonly memory: { readonly reservedMib: number; readonly limitMib: number };
  /** Of the stores it may reach. */
  readonly reaches: readonly ec2.ISecurityGroup[];
  readonly keepsCheckpoints?: boolean;
  /** A program that ends by itself has no health to ask for. */
  readonly endsByItself?: boolean;
};

export class Program extends Construct {
  readonly task: ecs.Ec2TaskDefinition;
  /** Its own group, which says who it is to others. The groups of stores that it carries besides are shared with whoever reaches them. */
  readonly own: ec2.SecurityGroup;
  readonly securityGroups: ec2.ISecurityGroup[];
  readonly name: string;

  constructor(scope: Construct, props: ProgramProps) {
    super(scope, props.name);
    const { vpc } = props.foundation;
    this.name = props.name;
    this.own = new ec2.SecurityGroup(this, 'Access', {
      vpc,
      allowAllOutbound: false,
      description: props.name,
    });
    this.own.addEgressRule(
      ec2.Peer.anyIpv4(),
      ec2.Port.tcp(443),
      'services of AWS, and the keys of the sign-in provider',
    );
    this.securityGroups = [
      this.own,
      ...props.reaches.map((group, index) => asItIs(this, `Reaches${index}`, group)),
    ];
    this.task = new ecs.Ec2TaskDefinition(this, 'Task', {
      family: `fluxo-${props.name}`,
      networkMode: ecs.NetworkMode.AWS_VPC,
      volumes: this.#volumes(props),
    });
    this.#container(props);
    accept(this, 'ECS2', 'Addresses and names; whatever is secret comes from Secrets Manager.');
    accept(this, 'IAM5[Resource::*]', 'ecr:GetAuthorizationToken knows no resource.');
  }

  #volumes({ keepsCheckpoints }: ProgramProps): ecs.Volume[] {
    const authority = { name: 'authority', host: { sourcePath: DATABASE_AUTHORITY_FILE } };
    const checkpoints = { name: 'checkpoints', host: { sourcePath: CHECKPOINT_FOLDER } };
    return keepsCheckpoints === true ? [authority, checkpoints] : [authority];
  }

  #container(props: ProgramProps): void {
    const { foundation, name } = props;
    const linux = new ecs.LinuxParameters(this, 'Linux', { initProcessEnabled: true });
    linux.dropCapabilities(ecs.Capability.ALL);
    linux.addTmpfs({ containerPath: '/tmp', size: 64, mountOptions: [ecs.TmpfsMountOption.NOEXEC] });
    const container = this.task.addContainer('program', {
      image: ecs.ContainerImage.fromEcrRepository(foundation.images, props.imageTag),
      command: ['node', props.program, ...(props.args ?? [])],
      user: 'node',
      readonlyRootFilesystem: true,
      privileged: false,
      linuxParameters: linux,
      memoryReservationMiB: props.memory.reservedMib,
      memoryLimitMiB: props.memory.limitMib,
      stopTimeout: Duration.seconds(30),
      environment: {
        NODE_ENV: 'production',
        ...(props.endsByItself === true ? {} : asked(name)),
        ...(props.keepsCheckpoints === true ? { FLUXO_CHECKPOINTS: CHECKPOINT_FOLDER } : {}),
        ...props.environment,
      },
      secrets: props.secrets,
      logging: ecs.LogDrivers.awsLogs({
        streamPrefix: name,
        logGroup: this.#log(props),
        mode: ecs.AwsLogDriverMode.NON_BLOCKING,
      }),
      ...(props.endsByItself === true ? {} : { healthCheck: liveness }),
    });
    container.addPortMappings({ containerPort: HTTP_PORT });
    container.addMountPoints({
      sourceVolume: 'authority',
      containerPath: DATABASE_AUTHORITY_FILE,
      readOnly: true,
    });
    if (props.keepsCheckpoints === true)
      container.addMountPoints({
        sourceVolume: 'checkpoints',
        containerPath: CHECKPOINT_FOLDER,
        readOnly: false,
      });
  }

  #log({ foundation, name }: ProgramProps): logs.LogGroup {
    return new logs.LogGroup(this, 'Log', {
      logGroupName: `/fluxo/${name}`,
      retention: logs.RetentionDays.ONE_MONTH,
      encryptionKey: foundation.key,
    });
  }
}

/** Who it is in its log, and where it answers questions about itself. */
const asked = (name: string) => ({
  FLUXO_INSTANCE: name,
  FLUXO_HTTP_PORT: String(HTTP_PORT),
  FLUXO_HTTP_HOST: '0.0.0.0',
});

/** The group as another stack made it, to be carried and not to be changed from here. */
function asItIs(scope: Construct, id: string, { securityGroupId }: ec2.ISecurityGroup): ec2.ISecurityGroup {
  return ec2.SecurityGroup.fromSecurityGroupId(scope, id, securityGroupId, { mutable: false });
}

/**
 * Whether the process answers at all. Not whether it is ready: a processor that restores, or waits for a broker, must not be killed for it.
 */
const liveness: ecs.HealthCheck = {
  command: [
    'CMD-SHELL',
    `node -e "fetch('http://127.0.0.1:${HTTP_PORT}/livez').then((a) => process.exit(a.ok ? 0 : 1), () => process.exit(1))"`,
  ],
  interval: Duration.seconds(30),
  timeout: Duration.seconds(5),
  retries: 4,
  startPeriod: Duration.minutes(5),
};
