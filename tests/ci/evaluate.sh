# shellcheck shell=bash
# The numbers on a model's card are those that the command prints. Sourced by .ci/run.

# evaluate_model MODEL DATA_SET: every figure of the card's table 'evaluate' agrees with what evaluate prints now (card.py says how near).
evaluate_model() {
  ./vmunet evaluate --data "$shared/data/$2" --model "$1" --split locked --json >"$work/$1.json"
  /usr/bin/python3 tests/ci/card.py "$root/models/$1/CARD.md" "$work/$1.json"
}
