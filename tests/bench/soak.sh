#!/usr/bin/env bash
# Random strategies, the broken and the hostile ones too, with random sizes, options, signals and pauses. Whatever happens:
# the exit code is a documented one, the document is whole, nothing is left running, and it ends in its time.
#
#   tests/bench/soak.sh BUILD_TREE MINUTES [SEED]
#
# Prints each finding with the command that led to it, and a line that sums up; exit 1 where anything was found.
set -u
tree=${1:?BUILD_TREE} minutes=${2:?MINUTES} RANDOM=${3:-$$}
program=$tree/tests/banksim_zoo
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
mapfile -t strategies < <("$program" strategies -f json | jq -r '.strategies[].name')
# It needs a memory limit.
strategies=("${strategies[@]/eats-memory/ordered}")
runs=0 findings=0
declare -A ends

one_of() { local -a of=("$@"); echo "${of[RANDOM % $#]}"; }
finding() {
  findings=$((findings + 1))
  echo "FINDING $*"
  printf '  %s\n' "${command[*]}" "signals: ${sent[*]:-none}" "exit $code after $((seconds)) s, $(tail -c 200 "$folder/err")"
}

# A random command, and how long it may take.
draw_command() {
  local kind timeout=$(one_of 50 200 500 1000 2000)
  kind=$(one_of run run run run compare explore)
  strategy=$(one_of "${strategies[@]}")
  command=("$program" "$kind" -f json -o "$folder/out" --progress never)
  case $kind in
    explore)
      command+=(-s "$strategy" -t "$(one_of 1 2 3)" -a "$(one_of 2 3)" --max-states "$(one_of 1000 100k 3m)")
      most=60 ;;
    *)
      command+=(-t "$(one_of 1 2 3 8 16 50)" -a "$(one_of 2 3 6 64 1000 100k)" --timeout "${timeout}ms" --seed $RANDOM
        --stall "$(one_of 300ms 1s 10s)" --hold "$(one_of 0 0 yield 10us 5ms)" --audit "$(one_of off 1ms 10ms each)"
        --balance "$(one_of 0 50 1000)" --think "$(one_of 0 0 20us 30ms)" "$(one_of -n10 -n1000 -n100k -n10g -d10ms -d40ms)") ;;&
    run)
      command+=(-s "$strategy" --expect "$(one_of ok ok any crashed)")
      most=$((timeout / 1000 + 5)) ;;
    compare)
      command+=(-s "$strategy,$(one_of "${strategies[@]}")" -r "$(one_of 1 2)" --warmup 0)
      most=$((4 * (timeout / 1000 + 5))) ;;
  esac
  # For as long nobody knows whether somebody else has stopped it.
  if [[ ${command[*]} == *stops-itself* ]]; then most=$((most + 20)); fi
}

# Signals at random moments while it runs, and pauses of it, of its child or of both.
disturb() {
  local child signal
  sent=()
  while ((RANDOM % 2 == 0)) && kill -0 "$process" 2>/dev/null; do
    sleep "0.$((RANDOM % 10))"
    child=$({ read -r first _ < "/proc/$process/task/$process/children" && echo "$first"; } 2> /dev/null) || child=$process
    signal=$(one_of INT TERM HUP USR1 USR2 XCPU INT STOP STOP STOP)
    sent+=("$signal")
    if [[ $signal != STOP ]]; then kill -s "$signal" "$process" 2>/dev/null; continue; fi
    local -a stopped=($(one_of "$process" "$child" "$process $child"))
    kill -STOP "${stopped[@]}" 2>/dev/null
    sleep "$(one_of 0.1 0.4 1.2)"
    kill -CONT "${stopped[@]}" 2>/dev/null
    most=$((most + 2))
  done
}

judge() {
  case $code in
    0 | 1 | 3 | 4 | 5 | 6 | 129 | 130 | 140 | 143 | 152) ;;
    *) finding "exit code $code" ;;
  esac
  if ((seconds > most + 8)); then finding "$seconds s, and it had $most"; fi
  # A second signal may end it at once, while it writes.
  if ((code != 1)) && [[ ${#sent[@]} -lt 2 || -s $folder/out ]] &&
    ! jq -e '.schema and .schema_version and (.exit_code != null)' "$folder/out" > /dev/null 2>&1; then
    finding "no whole document"
  fi
  if ((code == 1)) && ! grep -q 'banksim: error' "$folder/err"; then finding "exit 1 without a word"; fi
  left=$(pgrep -f "$folder/out")
  if [[ -n $left ]]; then finding "left running: $left" && kill -KILL $left; fi
}

end=$((SECONDS + minutes * 60))
while ((SECONDS < end)); do
  draw_command
  rm -f "$folder/out"
  begin=$SECONDS code=0
  "${command[@]}" > /dev/null 2> "$folder/err" &
  process=$!
  sleep 0.05
  disturb
  while kill -0 $process 2> /dev/null && ((SECONDS - begin < most + 30)); do sleep 0.05; done
  if kill -KILL $process 2> /dev/null; then echo "killed after $((SECONDS - begin)) s"; fi
  wait $process 2> /dev/null || code=$?
  seconds=$((SECONDS - begin)) runs=$((runs + 1))
  ends[$code]=$((${ends[$code]:-0} + 1))
  judge
done
for code in "${!ends[@]}"; do printf 'exit %s: %s  ' "$code" "${ends[$code]}"; done
echo
echo "soak: $minutes minutes, $runs runs, $findings findings"
((findings == 0))
