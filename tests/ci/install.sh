# shellcheck shell=bash
# Debian packages that the tests and the exchanges use. Sourced by .ci/run.
install_packages() {
  local missing=() try
  ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing+=(postgresql)
  command -v git >/dev/null || missing+=(git)
  [ -x /usr/bin/python3 ] || missing+=(python3)
  /usr/bin/python3 -c 'import pydicom' 2>/dev/null || missing+=(python3-pydicom)
  /usr/bin/python3 -c 'import numpy' 2>/dev/null || missing+=(python3-numpy)
  command -v clang++ >/dev/null || missing+=(clang)
  ls /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.asan-x86_64.a >/dev/null 2>&1 || missing+=(libclang-rt-dev)
  command -v storescu >/dev/null || missing+=(dcmtk)
  ls /usr/lib/*/libcharls.so.2 >/dev/null 2>&1 || missing+=(libcharls2)
  ls /usr/lib/*/libopenjp2.so.7 >/dev/null 2>&1 || missing+=(libopenjp2-7)
  command -v dciodvfy >/dev/null || missing+=(dicom3tools)
  command -v Orthanc >/dev/null || [ -x /usr/sbin/Orthanc ] || missing+=(orthanc)
  if [ ${#missing[@]} -eq 0 ]; then return 0; fi
  if [ "$(id -u)" -ne 0 ]; then echo "missing, and not root: apt-get install ${missing[*]}"; return 1; fi
  export DEBIAN_FRONTEND=noninteractive
  for try in 1 2 3 4 5 6; do
    if apt-get install -y -qq --no-install-recommends "${missing[@]}"; then echo "note: installed ${missing[*]}"; return 0; fi
    echo "try $try failed"
    apt-get update -qq || true
    sleep $((try * 5))
  done
  return 1
}
