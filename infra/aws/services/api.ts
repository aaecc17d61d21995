/**
 * A program that answers HTTP: behind the load balancer, more of it when their processors are busy. A release comes to a tenth of the
 * callers first; after ten minutes without an alarm to all of them. An alarm in that time, or tasks that do not come up, take it back.
 */
import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as elb from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import { acceptPolicyOfAws } from '../accepted.ts';
import type { Machines } from '../platform/machines.ts';
import { HTTP_PORT, type Program } from '../platform/program.ts';
import { failedPercent, type TargetGroups } from './answers.ts';

const CANARY_PERCENT = 10;
const CANARY_MINUTES = 10;

/** At least `min`, so that a zone may be lost; never more than `max`. */
export type ApiCount = { readonly min: number; readonly max: number };

export type ApiProps = {
  readonly vpc: ec2.IVpc;
  readonly program: Program;
  readonly machines: Machines;
  readonly listener: elb.ApplicationListener;
  readonly count: ApiCount;
};

export class Api extends Construct {
  readonly program: Program;
  readonly service: ecs.Ec2Service;
  /** The first is the one that is not being tried out. */
  readonly groups: TargetGroups;
  readonly failing: cloudwatch.Alarm;

  constructor(scope: Construct, { vpc, program, machines, listener, count }: ApiProps) {
    super(scope, `${program.name}-api`);
    this.program = program;
    const targets = this.#targets('Targets', vpc);
    const others = this.#targets('OtherTargets', vpc);
    this.groups = [targets, others];
    const rule = new elb.ApplicationListenerRule(this, 'Rule', {
      listener,
      priority: 1,
      conditions: [elb.ListenerCondition.pathPatterns(['/*'])],
      action: elb.ListenerAction.weightedForward([
        { targetGroup: targets, weight: 100 },
        { targetGroup: others, weight: 0 },
      ]),
    });
    this.failing = this.#failing(program.name);
    this.service = this.#service(program, machines, count);
    const target = this.service.loadBalancerTarget({
      containerName: 'program',
      containerPort: HTTP_PORT,
      alternateTarget: new ecs.AlternateTarget('OtherSide', {
        alternateTargetGroup: others,
        productionListener: ecs.ListenerRuleConfiguration.applicationListenerRule(rule),
      }),
    });
    targets.addTarget(target);
    acceptPolicyOfAws(
      this.service,
      'AmazonECSInfrastructureRolePolicyForLoadBalancers',
      'How ECS moves callers from one group to the other; kept current by AWS.',
    );
    if (count.max > count.min) this.#growByCpu(count);
  }

  #growByCpu({ min, max }: ApiCount): void {
    this.service
      .autoScaleTaskCount({ minCapacity: min, maxCapacity: max })
      .scaleOnCpuUtilization('Cpu', { targetUtilizationPercent: 60, scaleInCooldown: Duration.minutes(10) });
  }

  #targets(id: string, vpc: ec2.IVpc): elb.ApplicationTargetGroup {
    return new elb.ApplicationTargetGroup(this, id, {
      vpc,
      port: HTTP_PORT,
      protocol: elb.ApplicationProtocol.HTTP,
      targetType: elb.TargetType.IP,
      // A statement may take its time; live lines are taken up again by the page itself.
      deregistrationDelay: Duration.seconds(60),
      healthCheck: {
        path: '/readyz',
        interval: Duration.seconds(10),
        healthyThresholdCount: 2,
        unhealthyThresholdCount: 3,
      },
    });
  }

  #service(program: Program, { cluster, capacityProvider }: Machines, { min }: ApiCount): ecs.Ec2Service {
    return new ecs.Ec2Service(this, 'Service', {
      cluster,
      serviceName: program.name,
      taskDefinition: program.task,
      securityGroups: program.securityGroups,
      capacityProviderStrategies: [{ capacityProvider, weight: 1 }],
      placementStrategies: [ecs.PlacementStrategy.spreadAcross(ecs.BuiltInAttributes.AVAILABILITY_ZONE)],
      desiredCount: min,
      minHealthyPercent: 100,
      healthCheckGracePeriod: Duration.minutes(5),
      circuitBreaker: { rollback: true },
      deploymentStrategy: ecs.DeploymentStrategy.CANARY,
      canaryConfiguration: { stepPercent: CANARY_PERCENT, stepBakeTime: Duration.minutes(CANARY_MINUTES) },
      bakeTime: Duration.minutes(CANARY_MINUTES),
      deploymentAlarms: {
        alarmNames: [this.failing.alarmName],
        behavior: ecs.AlarmBehavior.ROLLBACK_ON_ALARM,
      },
    });
  }

  /** One answer in a hundred is a 5xx, for two of three minutes. It takes a release back; whom it tells is said in `observability/`. */
  #failing(name: string): cloudwatch.Alarm {
    return new cloudwatch.Alarm(this, 'Failing', {
      alarmName: `fluxo-${name}-failing`,
      alarmDescription: `More than one in a hundred answers of ${name} is a 5xx: docs/runbooks/ReadsFailing.md, EntriesNotAccepted.md`,
      metric: failedPercent(this.groups, Duration.minutes(1)),
      threshold: 1,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
  }
}
