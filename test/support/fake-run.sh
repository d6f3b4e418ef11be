#!/bin/sh
# The cheapest program that keeps the contract of `doubletime train RUN.yaml --dir DIR`: some thousand of them are started by
# test/sweep/scale.test.ts. Holds the lock, crashes now and then, and ends with a measurement prepared in $FAKE_MEASUREMENTS.
# Every start, crash and end is a line in $FAKE_DIARY.
dir=$3
id=${dir##*/}
say() { echo "$1 $id $$" >>"$FAKE_DIARY"; }

# Start of this process in clock ticks: field 22 of stat, counted behind the name in parentheses.
read -r stat </proc/$$/stat
set -- ${stat##*) }
ticks=${20}
own="$dir/lock.$$"
echo "{\"pid\":$$,\"startedTicks\":$ticks,$FAKE_IDENTITY,\"token\":\"fake$$-$ticks\",\"since\":\"now\"}" >"$own"
until ln "$own" "$dir/lock" 2>/dev/null; do
  holder=$(sed 's/^{"pid":\([0-9]*\),.*/\1/' "$dir/lock" 2>/dev/null)
  # A living holder: the folder is in use.
  if [ -n "$holder" ] && kill -0 "$holder" 2>/dev/null; then rm -f "$own"; exit 69; fi
  rm -f "$dir/lock"
done
say start
leave() { rm -f "$dir/lock" "$own"; exit "$1"; }
trap 'say stop; leave 75' TERM

# One in eight crashes, by exit code or by signal; one in sixteen takes its time, so that a killed sweep leaves orphans.
case $(($$ % 16)) in
  1) say crash; leave 1 ;;
  2) say crash; rm -f "$own"; kill -KILL $$ ;;
  3) sleep 0.2 ;;
esac
ln "$FAKE_MEASUREMENTS/$id.json" "$dir/measurement.json" && say end
leave 0
