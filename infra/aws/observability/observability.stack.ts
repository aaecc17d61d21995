/** Who watches: alarms and whom they reach, one dashboard, and the logs of all programs in a place where one can search. */
import { Stack, type StackProps } from 'aws-cdk-lib';
import * as sns from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import type { DataStack } from '../data/data.stack.ts';
import type { FoundationStack } from '../foundation/foundation.stack.ts';
import type { ServicesStack } from '../services/services.stack.ts';
import { Alarms } from './alarms.ts';
import { Dashboard } from './dashboard.ts';
import { LogSearch } from './log-search.ts';

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
    const alarms = new Alarms(this, 'Alarms', { data, services, told });
    const failing = services.apis.map((api) => api.failing);
    new Dashboard(this, 'Dashboard', { data, services, alarms: [...alarms.all, ...failing] });
    const search = new LogSearch(this, 'LogSearch', { foundation });
    for (const name of services.programNames) search.follow(name);
  }
}
