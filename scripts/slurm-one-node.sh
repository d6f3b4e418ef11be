#!/bin/bash
# Runs a Slurm cluster on this machine for tests: munged, slurmctld and slurmd as root, with all their files in one folder.
# Needs Debian's slurm-wlm and munge (scripts/ci-packages.sh). Does not affect another Slurm on the machine.
#
#   scripts/slurm-one-node.sh start DIR          starts the cluster; then: export SLURM_CONF=DIR/slurm.conf
#   scripts/slurm-one-node.sh restart-node DIR   kills the node with all its processes, and starts it again
#   scripts/slurm-one-node.sh stop DIR           ends every process of the cluster
#
# Partitions: main (default; its jobs are requeued when they are preempted, after 60 s) and urgent (preempts main).
set -euo pipefail

[ $# -eq 2 ] || { sed -n '2,8s/^# \?//p' "$0" >&2; exit 64; }
dir=$(mkdir -p "$2" && cd "$2" && pwd)
export SLURM_CONF=$dir/slurm.conf

fail() { echo "slurm-one-node: $*" >&2; exit 69; }

# Finds two consecutive free ports, below the range that the kernel uses for connections. The search starts at a port that
# depends on the process id, so that clusters that start at the same time use different ports.
free_ports() {
  local port=$((10000 + $$ % 10000 * 2))
  while (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || (: <"/dev/tcp/127.0.0.1/$((port + 1))") 2>/dev/null; do
    port=$((10000 + (port - 9998) % 20000))
  done
  echo "$port"
}

# Sets the seconds after which the controller regards a silent node as down. The value is long, because a busy machine may not
# respond for seconds; it is short only after the node was killed.
set_node_timeout() {
  sed -i "s/^SlurmdTimeout=.*/SlurmdTimeout=$1/" "$dir/slurm.conf"
  scontrol reconfigure
}

write_config() {
  local port node
  port=$(free_ports)
  node=$(uname -n)
  node=${node%%.*}
  cat >"$dir/slurm.conf" <<END
ClusterName=doubletime
SlurmctldHost=$node(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$dir/munge/munge.socket
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
SlurmctldParameters=preempt_send_user_signal
SlurmdTimeout=300
MessageTimeout=60
SchedulerParameters=batch_sched_delay=0,sched_interval=2,sched_min_interval=0,bf_interval=2
KillWait=60
ReturnToService=2
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
SlurmdParameters=config_overrides
NodeName=$node NodeAddr=127.0.0.1 CPUs=4 RealMemory=1000 State=UNKNOWN
PartitionName=main Nodes=$node Default=YES PriorityTier=1 PreemptMode=REQUEUE GraceTime=60
PartitionName=urgent Nodes=$node PriorityTier=10 PreemptMode=OFF
END
}

# Sends a signal to the process of a pid file, and waits until it has ended.
stop_process() {
  local pid
  pid=$(cat "$1" 2>/dev/null) || return 0
  kill "-${2:-TERM}" "$pid" 2>/dev/null || return 0
  for _ in $(seq 300); do kill -0 "$pid" 2>/dev/null || return 0; sleep 0.1; done
  kill -KILL "$pid" 2>/dev/null || true
}

# Lists the step daemons of this cluster. They have its configuration in their environment.
step_daemons() {
  local process
  for process in /proc/[0-9]*; do
    if [ "$(cat "$process/comm" 2>/dev/null)" = slurmstepd ] &&
      tr '\0' '\n' <"$process/environ" 2>/dev/null | grep -qx "SLURM_CONF=$SLURM_CONF"; then
      basename "$process"
    fi
  done
}

# Lists all descendants of processes: a restart of the node would end those of its step daemons too.
descendants() {
  local parent child
  for parent in "$@"; do
    for child in $(cat "/proc/$parent/task/$parent/children" 2>/dev/null); do
      echo "$child"
      descendants "$child"
    done
  done
}

# Slurm needs name resolution, but glibc resolves no name on a machine that has only loopback addresses (AI_ADDRCONFIG). Without
# a network, loopback gets one more address from the range that is reserved for examples (RFC 5737).
add_address() {
  local address=192.0.2.$((RANDOM % 254 + 1))
  command -v ip >/dev/null || return 0
  ip -4 -o address | grep -qv ': lo ' && return 0
  ip link set lo up
  ip address add "$address/32" dev lo 2>/dev/null && echo "$address" >"$dir/address"
}

remove_address() {
  [ ! -e "$dir/address" ] || ip address del "$(cat "$dir/address")/32" dev lo 2>/dev/null || true
}

# Fails if a daemon has ended: it may crash after it has moved to the background.
check_alive() {
  [ ! -e "$dir/$1.pid" ] || kill -0 "$(cat "$dir/$1.pid")" 2>/dev/null || fail "$1 has ended: $(tail -1 "$dir/$1.log")"
}

start_node() { slurmd -f "$SLURM_CONF" "$@" || fail "slurmd does not start: $(tail -1 "$dir/slurmd.log")"; }

wait_for_node() {
  for _ in $(seq 1000); do
    check_alive slurmctld
    check_alive slurmd
    case $(sinfo -h -o %T 2>/dev/null | sort -u) in idle | mixed | allocated) return 0 ;; esac
    sleep 0.2
  done
  fail "the node does not come up: $(sinfo -N -l 2>&1 | tail -1); see $dir"
}

case $1 in
  start)
    [ "$(id -u)" = 0 ] || fail 'must be root'
    for tool in munged slurmctld slurmd sbatch; do
      command -v "$tool" >/dev/null || fail "$tool is not installed: apt-get install slurm-wlm munge"
    done
    mkdir -p "$dir/munge" "$dir/state" "$dir/spool"
    chmod 755 "$dir"
    chmod 711 "$dir/munge"
    (umask 077 && head -c 128 /dev/urandom >"$dir/munge/munge.key")
    munged --force --key-file="$dir/munge/munge.key" --socket="$dir/munge/munge.socket" --pid-file="$dir/munge/munged.pid" \
      --log-file="$dir/munge/munged.log" --seed-file="$dir/munge/munged.seed" || fail 'munged does not start'
    write_config
    add_address
    slurmctld -f "$SLURM_CONF" || fail "slurmctld does not start: $(tail -1 "$dir/slurmctld.log")"
    start_node
    wait_for_node
    ;;
  restart-node)
    stop_process "$dir/slurmd.pid" KILL
    daemons=$(step_daemons)
    # shellcheck disable=SC2046,SC2086
    kill -KILL $daemons $(descendants $daemons) 2>/dev/null || true
    rm -f "$dir/slurmd.pid"
    # As in a real restart, the controller must notice that the node is down: only then does it queue the node's jobs again.
    set_node_timeout 6
    for _ in $(seq 1000); do sinfo -h -o %T 2>/dev/null | grep -q '^down' && break; sleep 0.2; done
    set_node_timeout 300
    start_node -b
    wait_for_node
    ;;
  stop)
    if kill -0 "$(cat "$dir/slurmctld.pid")" 2>/dev/null; then
      scancel --user="$(id -un)" 2>/dev/null || true
      for _ in $(seq 50); do [ -z "$(squeue -h 2>/dev/null)" ] && break; sleep 0.2; done
    fi
    stop_process "$dir/slurmd.pid"
    daemons=$(step_daemons)
    # shellcheck disable=SC2046,SC2086
    [ -z "$daemons" ] || kill -KILL $(descendants $daemons) $daemons 2>/dev/null || true
    stop_process "$dir/slurmctld.pid"
    stop_process "$dir/munge/munged.pid"
    remove_address
    ;;
  *) fail "unknown action $1, expected start, restart-node or stop" ;;
esac
