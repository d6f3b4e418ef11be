#!/bin/sh
# Follows the contract of `doubletime train RUN.yaml --dir DIR` at the least cost: test/sweep/scale.test.ts starts it more than
# a thousand times. It holds the lock, crashes sometimes, and ends with a measurement prepared in $FAKE_MEASUREMENTS.
# Every start, crash and end is a line in $FAKE_EVENTS.
dir=$3
id=${dir##*/}
log_event() { echo "$1 $id $$" >>"$FAKE_EVENTS"; }

# The start of this process in clock ticks: field 22 of stat. Fields are counted after the name in parentheses.
read -r stat </proc/$$/stat
set -- ${stat##*) }
ticks=${20}
own="$dir/lock.$$"
echo "{\"pid\":$$,\"startedTicks\":$ticks,$FAKE_IDENTITY,\"token\":\"fake$$-$ticks\",\"since\":\"now\"}" >"$own"
until ln "$own" "$dir/lock" 2>/dev/null; do
  holder=$(sed 's/^{"pid":\([0-9]*\),.*/\1/' "$dir/lock" 2>/dev/null)
  # The holder is alive: the folder is in use.
  if [ -n "$holder" ] && kill -0 "$holder" 2>/dev/null; then rm -f "$own"; exit 69; fi
  rm -f "$dir/lock"
done
log_event start
leave() { rm -f "$dir/lock" "$own"; exit "$1"; }
trap 'log_event stop; leave 75' TERM

# One in eight crashes, by exit code or by signal. One in sixteen runs longer, so that a killed sweep leaves running processes.
case $(($$ % 16)) in
  1) log_event crash; leave 1 ;;
  2) log_event crash; rm -f "$own"; kill -KILL $$ ;;
  3) sleep 0.2 ;;
esac
ln "$FAKE_MEASUREMENTS/$id.json" "$dir/measurement.json" && log_event end
leave 0
