/** Who watches: alarms and whom they reach, one dashboard, and the logs of all programs in a place where one can search. */
import { Stack, type StackProps } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as sns from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import type { DataStack } from '../data/data.stack.ts';
import type { FoundationStack } from '../foundation/foundation.stack.ts';
import type { Api } from '../services/api.ts';
import type { ServicesStack } from '../services/services.stack.ts';
import { Alarms } from './alarms.ts';
import { Dashboard } from './dashboard.ts';
import { LogSearch } from './log-search.ts';
import { OwnFigures } from './own-figures.ts';
import { ServiceLevels } from './service-levels.ts';

export type ObservabilityProps = StackProps & {
  readonly foundation: FoundationStack;
  readonly data: DataStack;
  readonly services: ServicesStack;
  readonly alarmEmail: string;
};

export class ObservabilityStack extends Stack {
  constructor(scope: Construct, id: string, props: ObservabilityProps) {
    super(scope, id, props);
    const { foundation, data, services } = props;
    const told = new sns.Topic(this, 'Told', {
      topicName: 'fluxo-alarms',
      masterKey: foundation.key,
      enforceSSL: true,
    });
    told.addSubscription(new EmailSubscription(props.alarmEmail));
    const alarms = [
      ...new ServiceLevels(this, 'ServiceLevels', { entriesApi: services.entriesApi.groups }).all,
      ...new Alarms(this, 'Alarms', { data, services }).all,
      ...new OwnFigures(this, 'OwnFigures', { programNames: services.programNames }).all,
      ...services.apis.map((api) => this.#failing(api)),
    ];
    const action = new SnsAction(told);
    for (const alarm of alarms) {
      alarm.addAlarmAction(action);
      alarm.addOkAction(action);
    }
    new Dashboard(this, 'Dashboard', { data, services, alarms });
    const search = new LogSearch(this, 'LogSearch', { foundation });
    for (const name of services.programNames) search.follow(name);
  }

  /** The alarm that takes a release back stands with its program, which knows nobody to be told; this one tells. */
  #failing({ program, failing }: Api): cloudwatch.CompositeAlarm {
    return new cloudwatch.CompositeAlarm(this, `${program.name}-failing`, {
      compositeAlarmName: `fluxo-${program.name}-fails-callers`,
      alarmDescription: `More than one in a hundred answers of ${program.name} is a 5xx: docs/runbooks/ReadsFailing.md, EntriesNotAccepted.md`,
      alarmRule: cloudwatch.AlarmRule.fromAlarm(failing, cloudwatch.AlarmState.ALARM),
    });
  }
}
