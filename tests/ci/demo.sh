# shellcheck shell=bash
# The promise of the README: a clone with nothing beside it passes the demo and the tests. Sourced by .ci/run.
demo_on_a_clone() {
  git clone -q "$root" "$work/clone/vmunet"
  cd "$work/clone/vmunet"
  ./vmunet demo --out "$work/demo"
  test "$(json "$work/demo/demo-summary.json" ok)" = True
  echo "note: demo took $(json "$work/demo/demo-summary.json" seconds) s without the build"
  /usr/bin/python3 - "$work/demo/demo-summary.json" <<'PY'
import json, os, sys
studies = json.load(open(sys.argv[1]))["studies"]
assert len(studies) == 6, len(studies)
for study in studies:
    assert study["organs"], study
    assert os.path.exists(study["seg_path"]), study["seg_path"]
    for organ in study["organs"]:
        assert organ["status"] == "scored" and organ["dsc"] is not None, organ
    for stage in ("receive", "queue", "segment", "deliver"):
        assert study["seconds"][stage] >= 0, study
PY
  test "$(find "$work/demo" -name '*.png' | wc -l)" -ge 6
}

quick_tests_on_the_clone() { cd "$work/clone/vmunet"; ./vmunet test --quick; }
