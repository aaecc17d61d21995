/**
 * Findings of cdk-nag that are accepted, each with its reason, beside what it was found at. There is no other way to silence one: a finding that
 * nobody accepted fails the synthesis.
 */
import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Accepts one finding (`IAM5[Resource::*]`, or `RDS11`) on this construct and what is below it. */
export function accept(scope: IConstruct, id: string, reason: string): void {
  Validations.of(scope).acknowledge({ id: `AwsSolutions::AwsSolutions-${id}`, reason });
}

const POLICIES = 'arn:<AWS::Partition>:iam::aws:policy';

/** Accepts a policy that AWS keeps itself. `name` is its path and name: `service-role/AWSLambdaBasicExecutionRole`. */
export function acceptPolicyOfAws(scope: IConstruct, name: string, reason: string): void {
  accept(scope, `IAM4[Policy::${POLICIES}/${name}]`, reason);
}

/** Functions by which CDK itself asks AWS one thing while a stack is deployed; `answers` says what. */
export function acceptQuestionsOfCdk(scope: IConstruct, answers: string): void {
  const reason = `A function of CDK asks for ${answers} while this is deployed; it may do that, and write its log by this policy.`;
  acceptPolicyOfAws(Stack.of(scope), 'service-role/AWSLambdaBasicExecutionRole', reason);
}
