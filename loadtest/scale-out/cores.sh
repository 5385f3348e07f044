#!/usr/bin/env bash
# cores.sh NAME CORES: a control group for a node's share of the CPUs, as a container has it; prints its folder. A node has its
# share also where others use the machine: its weight is a hundred times theirs. Needs root.
set -euo pipefail
name=$1 quota=$(awk -v cores="$2" 'BEGIN { printf "%d", cores * 100000 }')
if [[ -e /sys/fs/cgroup/cgroup.controllers ]]; then
    echo +cpu >/sys/fs/cgroup/cgroup.subtree_control
    mkdir -p "/sys/fs/cgroup/$name" && cd "/sys/fs/cgroup/$name"
    echo "$quota 100000" >cpu.max
    echo 10000 >cpu.weight
else
    mkdir -p "/sys/fs/cgroup/cpu/$name" && cd "/sys/fs/cgroup/cpu/$name"
    echo "$quota" >cpu.cfs_quota_us
    echo 100000 >cpu.shares
fi
pwd
