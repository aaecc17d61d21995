#!/usr/bin/env bash
# weigh-canary.sh PER_CENT: gives the canaries of the three APIs this share of the callers, and the stable track the rest. Needs kubectl.
set -euo pipefail

canary="${1:?Say how many per cent of the callers the canary is to get: weigh-canary.sh 10}"
if ! [[ "$canary" =~ ^[0-9]+$ ]] || ((canary > 100)); then
  echo "weigh-canary.sh: the share is 0 to 100 per cent, not '$canary'." >&2
  exit 2
fi

# Every service of traffic.yaml and how many routes it has: each has the stable track first, the canary second.
for service in page:1 api:2 query-api:1 entries-api:1; do
  patch=""
  for ((route = 0; route < ${service#*:}; route++)); do
    patch+="{\"op\":\"replace\",\"path\":\"/spec/http/$route/route/0/weight\",\"value\":$((100 - canary))},"
    patch+="{\"op\":\"replace\",\"path\":\"/spec/http/$route/route/1/weight\",\"value\":$canary},"
  done
  kubectl --namespace fluxo patch virtualservice "${service%:*}" --type json --patch "[${patch%,}]"
done
