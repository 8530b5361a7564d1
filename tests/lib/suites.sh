# Sourced by the runners: runs suites one after the other, counts them, prints one closing line.
passed=0
failed=0
skipped=0
failures=()

wanted() { # NAME WORD...
  local name=$1
  shift
  [ $# -eq 0 ] && return 0
  local word
  for word in "$@"; do [[ $name == *"$word"* ]] && return 0; done
  return 1
}

# A suite ends with 0 (passed), 77 (skipped: it says why) or anything else (failed).
run_suite() { # NAME COMMAND...
  local name=$1 begin status
  shift
  begin=$(date +%s)
  printf '\n--- %s\n' "$name"
  "$@" </dev/null
  status=$?
  case $status in
    0) passed=$((passed + 1)) ;;
    77) skipped=$((skipped + 1)); printf 'SKIPPED %s\n' "$name" ;;
    *) failed=$((failed + 1)); failures+=("$name (exit $status)") ;;
  esac
  printf -- '--- %s: exit %s after %s s\n' "$name" "$status" "$(($(date +%s) - begin))"
}

finish() {
  local one
  for one in "${failures[@]}"; do printf 'FAILED %s\n' "$one"; done
  printf '\n%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
  exit
}
