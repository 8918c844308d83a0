# shellcheck shell=bash
# The CUDA kernels without a GPU: clang makes PTX of them, and threads of this processor run them under sanitizers against the
# definition (tests/cuda). The goldens run through the same kernels in ./vmunet test, where a C++ compiler is there. Sourced by .ci/run.
kernels="$root/src/VMUNet.Model/Scan/Cuda/selective_scan.cu"

# The kernels' text compiles for CUDA devices, and none of the forward pass's numbers spill into memory.
kernels_to_ptx() {
  local architecture rank ptx="$work/selective_scan.ptx"
  for architecture in sm_60 sm_80; do
    for rank in 1 6 12 24 48; do
      clang -x cuda --cuda-gpu-arch="$architecture" --cuda-device-only -nocudainc -nocudalib -O3 -Wall -Wextra -Werror \
        -DRANK="$rank" -DSTATES=16 -include tests/cuda/ptx.h -S "$kernels" -o "$ptx"
      test "$(grep -c '^.visible .entry' "$ptx")" -eq 3
      if sed -n '/entry scan_forward/,/^}/p' "$ptx" | grep -q 'st\.local'; then echo "scan_forward spills at rank $rank"; return 1; fi
    done
  done
}

# build_check KERNELS SANITIZERS RANK STATES BLOCK
build_check() {
  clang++ -std=c++17 -O1 -g -Wall -Wextra -Werror -pthread -DKERNELS="\"$1\"" -DRANK="$3" -DSTATES="$4" -DBLOCK="$5" \
    -fsanitize="$2" -fno-sanitize-recover=all tests/cuda/check.cpp -o "$work/check-kernels"
}

run_check() { timeout 300 "$work/check-kernels" >"$work/check-kernels.log" 2>&1; }

kernels_under_sanitizers() {
  local sanitizers sizes
  for sanitizers in address,undefined thread; do
    for sizes in "3 16 8" "6 16 64" "2 20 8"; do
      # shellcheck disable=SC2086 # three words: rank, states, threads of a block
      build_check "$kernels" "$sanitizers" $sizes
      if ! run_check; then tail -40 "$work/check-kernels.log"; return 1; fi
    done
  done
  echo "note: $(grep -c '^ok' "$work/check-kernels.log") comparisons a run, 6 runs under sanitizers"
}

# broken NAME SED SANITIZERS: the kernels with one line changed must not pass.
broken() {
  sed "$2" "$kernels" >"$work/broken.cu"
  if cmp -s "$kernels" "$work/broken.cu"; then echo "$1: the line is not there any more"; return 1; fi
  build_check "$work/broken.cu" "$3" 3 16 8
  if run_check; then echo "$1: nothing was noticed"; return 1; fi
  echo "$1: $(grep -m 1 -E 'ERROR|WARNING|runtime error|^FAIL' "$work/check-kernels.log")"
}

# The checks above are worth what they notice: each of these mistakes has to be found.
mistakes_are_found() {
  broken "a channel too many" 's/works = d < D;/works = d <= D;/' address,undefined
  broken "a step too many" 's/i + j + AHEAD < count)/i + j + AHEAD <= CHUNK)/' address,undefined
  broken "a token too far" 's/: t;$/: t + 1;/' address,undefined
  broken "rows and columns exchanged" 's/(q % H) \* W + q \/ H/(q % W) * H + q \/ W/' address,undefined
  broken "no wait before the rows are read" '/chunk.rows\[i \/ STRIDE\]/,/^}/ s/    __syncthreads();//' thread
  broken "no wait before the sums are taken" '/dPre\[((Offset)k/,/for (int o/ s/            __syncthreads();//' thread
  broken "a slope forgotten" 's/ \* slope\[i\];/;/' address,undefined
}
