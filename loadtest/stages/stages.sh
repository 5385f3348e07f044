#!/usr/bin/env bash
# What it costs to cut a model into stages: one process, then a head and two stages, each in a network namespace of its own, joined
# by a bridge. As root, with iproute2 and a build (mvn -q -DskipTests package). Prints what bench saw, and what crossed the head's link.
#
#   loadtest/stages/stages.sh [threads of each process] [requests]
set -euo pipefail
cd "$(dirname "$0")/../.."
threads=${1:-1} requests=${2:-12} prompt=128 output=64
tmp=$(mktemp -d)
millrace=${MILLRACE:-./millrace}
options=(--model smollm2 --threads "$threads" --context-tokens 512 --token-budget 512 --max-batch 4 --set limits.prefix-cache-tokens=0)
nodes=()

quit() {
    for pid in "${nodes[@]}"; do kill -9 "$pid" 2>/dev/null || true; done
    for i in 0 1 2; do ip netns del "stage$i" 2>/dev/null || true; done
    ip link del stagebr 2>/dev/null || true
    rm -rf "$tmp"
}
trap quit EXIT

ip link add stagebr type bridge forward_delay 0
ip link set stagebr up
for i in 0 1 2; do
    ip netns add "stage$i"
    ip link add "stagev$i" type veth peer name a0 netns "stage$i"
    ip link set "stagev$i" master stagebr up
    ip -n "stage$i" addr add "10.98.0.$((i + 1))/24" dev a0
    ip -n "stage$i" link set a0 up
    ip -n "stage$i" link set lo up
done
$millrace cluster-keys --folder "$tmp/keys" n0=10.98.0.1 n1=10.98.0.2 n2=10.98.0.3 >/dev/null

in_ns() { ip netns exec "stage$1" "${@:2}"; }
# Not by in_ns: a function in the background is a shell of its own, and killing that would leave the JVM.
start() { ip netns exec "stage$1" $millrace "${@:2}" "${options[@]}" >"$tmp/$1.log" 2>&1 & nodes+=($!); }
ready() { for _ in $(seq 300); do in_ns 0 curl -sf http://127.0.0.1:8080/health/ready >/dev/null && return; sleep 0.2; done; cat "$tmp"/*.log; exit 1; }
bytes() { echo $(($(in_ns 0 cat /sys/class/net/a0/statistics/tx_bytes) + $(in_ns 0 cat /sys/class/net/a0/statistics/rx_bytes))); }
bench() {
    in_ns 0 $millrace bench --url http://127.0.0.1:8080 --model smollm2 --ignore-eos --concurrency 1 --requests "$1" \
        --rounds 1 --warmup "$2" --prompt-tokens $prompt --max-tokens $output
}
end() { kill -9 "${nodes[@]}"; wait "${nodes[@]}" 2>/dev/null || true; nodes=(); }

echo "== one process, $threads threads"
start 0 serve
ready
bench "$requests" 3
end

echo "== three processes, $threads threads each"
start 1 serve-stage --stage 2/3 --host 10.98.0.2 --keys "$tmp/keys/n1"
start 2 serve-stage --stage 3/3 --host 10.98.0.3 --keys "$tmp/keys/n2"
start 0 serve --stages 10.98.0.2:7803,10.98.0.3:7803 --keys "$tmp/keys/n0"
ready
bench 3 0 >/dev/null
before=$(bytes)
bench "$requests" 0
after=$(bytes)
echo "head's link, both directions: $((after - before)) bytes for $((requests * (prompt + output))) tokens: $(((after - before) / (requests * (prompt + output)))) bytes a token"
