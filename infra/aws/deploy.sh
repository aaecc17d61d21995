#!/usr/bin/env bash
# deploy.sh STEP: one step of a release of AWS, in this order: diff, ground, tasks, page, programs. Needs rights in the account, the settings of
# settings.ts in the environment, and both `npm ci` done. The image must be in the repository, which the first `ground` makes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
export PATH="$PWD/node_modules/.bin:$PWD/../../node_modules/.bin:$PATH"
ground=(fluxo-foundation fluxo-data fluxo-identity fluxo-platform)
programs=(fluxo-services fluxo-edge-global fluxo-edge fluxo-observability)

# These stacks and no others: without --exclusively whatever they stand on would be deployed as well, and a rollback would take the data's stack back.
deploy() {
  cdk deploy --exclusively --no-lookups --no-notices --require-approval never "$@"
}

# What a stack tells by this name.
told() {
  aws cloudformation describe-stacks --stack-name "$1" --query "Stacks[0].Outputs[?OutputKey=='$2'].OutputValue" --output text
}

# Runs a task to its end. Fails, with where to read on, if it ends with anything but 0.
run_task() {
  local network task code
  network="awsvpcConfiguration={subnets=[$(told fluxo-platform Subnets)],securityGroups=[$(told fluxo-platform "$1Groups")]}"
  task=$(aws ecs run-task --cluster fluxo --task-definition "fluxo-$1" --network-configuration "$network" --query 'tasks[0].taskArn' --output text)
  aws ecs wait tasks-stopped --cluster fluxo --tasks "$task"
  code=$(aws ecs describe-tasks --cluster fluxo --tasks "$task" --query 'tasks[0].containers[0].exitCode' --output text)
  if [[ "$code" != 0 ]]; then
    echo "The task $1 ended with $code, so this release goes no further: what it said is in the log group /fluxo/$1." >&2
    exit 1
  fi
}

case "${1:-}" in
  diff) cdk diff --no-lookups --no-notices ;;
  ground) deploy "${ground[@]}" ;;
  tasks)
    run_task provision
    run_task migrate
    ;;
  page)
    npm run build --prefix ../.. -w web
    # Files of former releases stay: a page that is open goes on finding its own. Before the first release there is no bucket yet.
    bucket=$(told fluxo-edge PageBucket 2> /dev/null || true)
    [[ -z "$bucket" ]] || aws s3 sync ../../web/dist/browser "s3://$bucket" --exclude index.html --cache-control 'max-age=31536000,immutable'
    ;;
  programs) deploy "${programs[@]}" ;;
  *)
    echo "deploy.sh knows diff, ground, tasks, page and programs, not '${1:-}'." >&2
    exit 2
    ;;
esac
