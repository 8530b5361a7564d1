# Sourced by the runners: runs suites, counts them, prints one closing line.
passed=0
failed=0
skipped=0
failures=()
unsteady=()
queue=()
declare -A running=() # process id -> index in the queue
outputs=$(mktemp -d)
trap 'rm -rf "$outputs"' EXIT
trap 'interrupt; exit 130' INT TERM

wanted() { # NAME WORD...
  local name=$1
  shift
  [ $# -eq 0 ] && return 0
  local word
  for word in "$@"; do [[ $name == *"$word"* ]] && return 0; done
  return 1
}

# A suite ends with 0 (passed), 77 (skipped: it says why) or anything else (failed).
#
# Suites boot hundreds of sandboxes and kill processes at random, on machines that others use too: one
# that fails is run a second time, and what passes then is counted as passed but named in the closing
# lines, so that nobody overlooks it. CCLOUD_STRICT=1 takes the first result.
run_suite() { # NAME COMMAND...
  once "$@"
  judge $? "$@"
}

judge() { # STATUS NAME COMMAND...
  local status=$1 name=$2 first
  shift
  if [ "$status" -ne 0 ] && [ "$status" -ne 77 ] && [ -z "${CCLOUD_STRICT:-}" ]; then
    first=$status
    printf '\n%s failed (exit %s); once more, to see whether it always does\n' "$name" "$first"
    once "$@"
    status=$?
    [ $status -ne 0 ] || unsteady+=("$name (first exit $first)")
  fi
  case $status in
    0) passed=$((passed + 1)) ;;
    77) skipped=$((skipped + 1)); printf 'SKIPPED %s\n' "$name" ;;
    *) failed=$((failed + 1)); failures+=("$name (exit $status)") ;;
  esac
}

once() { # NAME COMMAND...
  local name=$1 begin status
  shift
  begin=$(date +%s)
  printf '\n--- %s\n' "$name"
  "$@" </dev/null
  status=$?
  printf -- '--- %s: exit %s after %s s\n' "$name" "$status" "$(($(date +%s) - begin))"
  return $status
}

queue_suite() { queue+=("$(printf '%q ' "$@")"); } # NAME COMMAND...: for run_queue

# The queued suites, as many at once as the machine has cores (CCLOUD_SUITE_JOBS): they wait far more than
# they work. Each one's output is printed when it ends; one that fails has its second run alone, at the end.
run_queue() {
  local jobs=${CCLOUD_SUITE_JOBS:-$(nproc)} index one again=()
  if [ ${#queue[@]} -le 1 ] || [ "$jobs" -le 1 ]; then # nothing to do beside it: its output as it comes
    for one in "${queue[@]}"; do eval "run_suite $one"; done
    queue=()
    return
  fi
  for index in "${!queue[@]}"; do
    [ ${#running[@]} -lt "$jobs" ] || reap
    set -m # a group of its own, where an interrupt is not ignored as in other jobs of the background
    eval "once ${queue[index]}" >"$outputs/$index" 2>&1 &
    set +m
    printf 'started %s\n' "${queue[index]%% *}"
    running[$!]=$index
  done
  while [ ${#running[@]} -gt 0 ]; do reap; done
  for one in "${again[@]}"; do eval "judge $one"; done
  queue=()
}

reap() { # waits for one of `running`; what failed goes into run_queue's `again`
  local process status index
  wait -n -p process "${!running[@]}"
  status=$?
  index=${running[$process]}
  unset "running[$process]"
  cat "$outputs/$index"
  case $status in
    0 | 77) eval "judge $status ${queue[index]}" ;;
    *) again+=("$status ${queue[index]}") ;;
  esac
}

interrupt() { # lets the suites that run stop their servers before they end
  local process
  for process in "${!running[@]}"; do pkill -INT -P "$process"; done
  [ ${#running[@]} -eq 0 ] || wait "${!running[@]}"
}

finish() {
  local one
  for one in "${unsteady[@]}"; do printf 'UNSTEADY %s: passed only the second time\n' "$one"; done
  for one in "${failures[@]}"; do printf 'FAILED %s\n' "$one"; done
  printf '\n%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
  exit
}
