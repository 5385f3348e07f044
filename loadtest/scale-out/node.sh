#!/usr/bin/env bash
# node.sh start|stop PORT: what millrace@PORT is under systemd, as a process of the folder $WORK: a node of the cluster with a synthetic
# model, in a control group of $CORES cores. "start" returns at once; deploy/scale waits until the node is ready.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd) port=$2
case $1 in
    start)
        group=$("$here/cores.sh" "millrace-$port" "$CORES")
        echo "$group" >"$WORK/node-$port.group"
        export MILLRACE_CLUSTER_NODE_ID=node-$port MILLRACE_CLUSTER_MEMBERSHIP_PORT=$((port + 1000))
        export MILLRACE_CLUSTER_CERTIFICATE=$WORK/keys/node-$port.pem MILLRACE_CLUSTER_KEY=$WORK/keys/node-$port-key.pem
        export MILLRACE_CLASS_PATH=$here/../synthetic/target/millrace-synthetic.jar
        export MILLRACE_JAVA_OPTS="-Dmillrace.synthetic=$STEP -Xmx512m -XX:ActiveProcessorCount=1"
        setsid nohup bash -c 'echo $$ >"$1/cgroup.procs"; exec "${@:2}"' _ "$group" \
            "$here/../../millrace" serve --port "$port" --quic-port "$port" --cluster "$WORK/cluster.yaml" \
            >"$WORK/node-$port.log" 2>&1 &
        echo $! >"$WORK/node-$port.pid"
        ;;
    stop) kill -TERM "$(cat "$WORK/node-$port.pid")" ;;
    *) echo "node.sh: start or stop, and a port" >&2 && exit 2 ;;
esac
