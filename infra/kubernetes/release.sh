#!/usr/bin/env bash
# release.sh begin|finish|back IMAGE, in the folder of an overlay: a release in the order in which nobody leaves out a field that he does not know
# (docs/decisions/0042-release-order.md): who reads before who writes, each stage well before the next begins. Needs kustomize and kubectl.
#   begin    tasks, then readers, then processors, then the canaries, without callers: weigh-canary.sh gives them some
#   finish   the APIs; the canaries have no callers again
#   back     to the former image, the other way round; tasks stay, because they only add
# It may be run again after whatever stopped it.
set -euo pipefail

if (($# != 2)) || ! [[ "$1" =~ ^(begin|finish|back)$ && "$2" =~ @sha256:[0-9a-f]{64}$ ]]; then
  echo "Usage: release.sh begin|finish|back IMAGE, the image by its digest: release.sh begin registry.example.com/fluxo@sha256:…" >&2
  exit 2
fi
image="$2"
canaries=(deployment/bff-canary deployment/entries-api-canary deployment/query-api-canary)

on_cluster() {
  kubectl --namespace fluxo "$@"
}

# stage NAME WORKLOAD…: these get the image, and are waited for.
stage() {
  echo "$1: ${*:2}"
  kustomize edit set image "$1=$image"
  kubectl apply -k .
  for workload in "${@:2}"; do on_cluster rollout status --timeout=15m "$workload"; done
}

# A Job cannot be changed, so that of the release before is deleted.
tasks() {
  on_cluster delete job provision migrate provision-dynamodb --ignore-not-found
  stage fluxo-tasks
  on_cluster wait --for=condition=complete --timeout=10m job/provision job/migrate job/provision-dynamodb
}

readers() { stage fluxo-readers deployment/auditor statefulset/sink-redis statefulset/sink-postgres statefulset/sink-dynamodb; }
# The relay reads what the APIs put into the outbox, so it is no later than they.
processors() { stage fluxo-processors statefulset/streams statefulset/outbox-relay; }
canaries() { stage fluxo-canary "${canaries[@]}"; }
apis() { stage fluxo deployment/bff deployment/entries-api deployment/operations-api deployment/query-api; }

case "$1" in
  begin)
    tasks
    readers
    processors
    canaries
    echo "Next: weigh-canary.sh 10, look, 50, look, then release.sh finish."
    ;;
  finish)
    for canary in "${canaries[@]}"; do
      runs=$(on_cluster get "$canary" --output 'jsonpath={.spec.template.spec.containers[0].image}')
      if [[ "$runs" != "$image" ]]; then
        echo "$canary runs $runs: release.sh begin with this image comes first. Nothing was done." >&2
        exit 3
      fi
    done
    apis
    ;;
  back)
    canaries
    apis
    processors
    readers
    ;;
esac
