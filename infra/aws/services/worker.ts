/**
 * A program that shares partitions with others of its kind. Each is a service of its own with a name of its own, because the name is what
 * makes it a static member of its group: a release stops it, starts it, and it takes over from itself. Never two of one name at a time.
 */
import { Duration } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { Construct } from 'constructs';
import type { Machines } from '../platform/machines.ts';
import type { Program } from '../platform/program.ts';

export type WorkerProps = {
  readonly program: Program;
  readonly machines: Machines;
  /** Others find it at `<name>.fluxo.internal`. */
  readonly isFound?: boolean;
};

export class Worker extends Construct {
  readonly service: ecs.Ec2Service;

  constructor(scope: Construct, { program, machines, isFound = false }: WorkerProps) {
    super(scope, `${program.name}-worker`);
    this.service = new ecs.Ec2Service(this, 'Service', {
      cluster: machines.cluster,
      serviceName: program.name,
      taskDefinition: program.task,
      securityGroups: program.securityGroups,
      capacityProviderStrategies: [{ capacityProvider: machines.capacityProvider, weight: 1 }],
      placementStrategies: [ecs.PlacementStrategy.spreadAcross(ecs.BuiltInAttributes.AVAILABILITY_ZONE)],
      desiredCount: 1,
      minHealthyPercent: 0,
      maxHealthyPercent: 100,
      availabilityZoneRebalancing: ecs.AvailabilityZoneRebalancing.DISABLED,
      circuitBreaker: { rollback: true },
      ...(isFound ? { cloudMapOptions: { name: program.name, dnsTtl: Duration.seconds(10) } } : {}),
    });
  }
}
