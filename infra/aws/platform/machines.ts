/**
 * The machines that programs run on: EC2 in all three zones, as many as the programs ask for, drained before one goes. Each keeps a folder
 * for checkpoints, so that a processor that starts again on it takes seconds, and the certificates by which RDS is known.
 */
import * as autoscaling from 'aws-cdk-lib/aws-autoscaling';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { accept, acceptPolicyOfAws } from '../accepted.ts';
import { DATABASE_AUTHORITY_FILE } from '../data/database-users.ts';
import type { FoundationStack } from '../foundation/foundation.stack.ts';

/** On the machine; the user that programs run as may write there. */
export const CHECKPOINT_FOLDER = '/var/lib/fluxo/checkpoints';

const NODE_USER = 1_000;
const MACHINES_MIN = 3;
const MACHINES_MAX = 12;
const DISK_GB = 100;

export class Machines extends Construct {
  readonly cluster: ecs.Cluster;
  readonly capacityProvider: string;

  constructor(scope: Construct, id: string, { foundation }: { readonly foundation: FoundationStack }) {
    super(scope, id);
    this.cluster = new ecs.Cluster(this, 'Cluster', {
      clusterName: 'fluxo',
      vpc: foundation.vpc,
      containerInsightsV2: ecs.ContainerInsights.ENHANCED,
    });
    const provider = new ecs.AsgCapacityProvider(this, 'Provider', {
      autoScalingGroup: this.#group(foundation),
      enableManagedDraining: true,
      enableManagedTerminationProtection: true,
      targetCapacityPercent: 90,
    });
    this.cluster.addAsgCapacityProvider(provider);
    this.capacityProvider = provider.capacityProviderName;
  }

  #group({ vpc, key }: FoundationStack): autoscaling.AutoScalingGroup {
    const changes = new sns.Topic(this, 'Changes', { masterKey: key, enforceSSL: true });
    const template = new ec2.LaunchTemplate(this, 'Machine', {
      instanceType: ec2.InstanceType.of(ec2.InstanceClass.M7G, ec2.InstanceSize.XLARGE),
      machineImage: ecs.EcsOptimizedImage.amazonLinux2023(ecs.AmiHardwareType.ARM, {
        cachedInContext: false,
      }),
      requireImdsv2: true,
      httpPutResponseHopLimit: 1,
      role: this.#role(),
      securityGroup: new ec2.SecurityGroup(this, 'Access', { vpc, description: 'Nobody reaches a machine' }),
      userData: this.#firstSteps(),
      blockDevices: [
        {
          deviceName: '/dev/xvda',
          volume: ec2.BlockDeviceVolume.ebs(DISK_GB, {
            encrypted: true,
            volumeType: ec2.EbsDeviceVolumeType.GP3,
          }),
        },
      ],
    });
    return new autoscaling.AutoScalingGroup(this, 'Group', {
      vpc,
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
      launchTemplate: template,
      minCapacity: MACHINES_MIN,
      maxCapacity: MACHINES_MAX,
      newInstancesProtectedFromScaleIn: true,
      notifications: [{ topic: changes, scalingEvents: autoscaling.ScalingEvents.ALL }],
    });
  }

  #role(): iam.Role {
    const role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') });
    for (const policy of [
      'service-role/AmazonEC2ContainerServiceforEC2Role',
      'AmazonSSMManagedInstanceCore',
    ]) {
      role.addManagedPolicy(iam.ManagedPolicy.fromAwsManagedPolicyName(policy));
      acceptPolicyOfAws(
        role,
        policy,
        'What the agents of ECS and of Systems Manager need, kept current by AWS.',
      );
    }
    accept(
      role,
      'IAM5[Action::ecs:Submit*]',
      'Three actions by which the agent of ECS tells how its tasks are, for this cluster.',
    );
    accept(
      role,
      'IAM5[Resource::*]',
      'The agent of ECS may register with this cluster only; some of its questions know no resource.',
    );
    return role;
  }

  #firstSteps(): ec2.UserData {
    const data = ec2.UserData.forLinux();
    data.addCommands(
      'echo ECS_AWSVPC_BLOCK_IMDS=true >> /etc/ecs/ecs.config',
      `install -d -m 0700 -o ${NODE_USER} -g ${NODE_USER} ${CHECKPOINT_FOLDER}`,
      'install -d -m 0755 /etc/fluxo',
      `curl --fail --silent --show-error --retry 5 --output ${DATABASE_AUTHORITY_FILE} https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem`,
    );
    return data;
  }
}
