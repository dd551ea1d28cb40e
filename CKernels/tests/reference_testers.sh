#!/usr/bin/env bash
# The reference testers of the BLAS (Debian: libblas-test, libblas3) on the drop-in library: sgemm_ by xblat3s, cblas_sgemm
# in both layouts by xscblat3, error exits included, sizes around tiles and vectors, on every instruction set.
#
#     tests/reference_testers.sh ../build/libckernels_blas.so
#
# That the testers call the library given and notice its mistakes is tested too: with one that does nothing they fail.
set -euo pipefail
library=$(realpath "$1")
testers=/usr/lib/$(uname -m)-linux-gnu/blas
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

passed=0 failed=0
expect() { # expect NAME COMMAND...: the command succeeds
    local name=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "reference_testers.sh: $name"
    fi
}

# What both testers read after their first lines: sizes (at most 9, at most 65), alpha, beta, and which routines.
values() {
    echo "16.0"
    echo "9"
    echo "0 1 2 7 15 16 17 33 65"
    echo "3"
    echo "0.0 1.0 0.7"
    echo "3"
    echo "0.0 1.0 1.3"
}
fortran_input() {
    printf '%s\n' "'fortran.out'" 6 "'fortran.snap'" -1 F F T # summary file; no snapshots; go on; error exits
    values
    printf '%-6s T\n' SGEMM
    printf '%-6s F\n' SSYMM STRMM STRSM SSYRK SSYR2K
}
c_input() {
    printf '%s\n' "'c.snap'" -1 F F T 2 # 2: both layouts
    values
    printf '%-12s T\n' cblas_sgemm
    printf '%-12s F\n' cblas_ssymm cblas_strmm cblas_strsm cblas_ssyrk cblas_ssyr2k
}

# test_library PATH: into fortran.out and c.out what the testers say of it. They run on the reference BLAS, to which they
# were linked; the library stands before it.
test_library() {
    rm -f fortran.out c.out
    fortran_input | LD_LIBRARY_PATH=$testers LD_PRELOAD=$1 "$testers/xblat3s" >fortran.messages || true
    c_input | LD_LIBRARY_PATH=$testers LD_PRELOAD=$1 "$testers/xscblat3" >c.out || true
}
says() { grep --quiet --extended-regexp "$1" "$2"; }
no_failure() { ! grep --ignore-case --extended-regexp 'FAIL|ERROR -|NOT DETECTED|\*\*\*' fortran.out c.out; }

for isa in portable avx2 avx512; do
    case $isa in avx*) grep --quiet --word-regexp "$isa\(f\)\?" /proc/cpuinfo || continue ;; esac # not of this machine
    export CK_ISA=$isa
    test_library "$library"
    expect "$isa: sgemm_ error exits" says '^ SGEMM +PASSED THE TESTS OF ERROR-EXITS' fortran.out
    expect "$isa: sgemm_" says '^ SGEMM +PASSED THE COMPUTATIONAL TESTS \( *59049 CALLS\)' fortran.out
    expect "$isa: cblas_sgemm error exits" says '^ cblas_sgemm +PASSED THE TESTS OF ERROR-EXITS' c.out
    for layout in COLUMN ROW; do
        expect "$isa: cblas_sgemm, $layout-MAJOR" \
            says "^ cblas_sgemm +PASSED THE $layout-MAJOR +COMPUTATIONAL TESTS \( *59049 CALLS\)" c.out
    done
    expect "$isa: a tester complains" no_failure
done

# A library that returns at once.
echo 'void sgemm_(void) {} void cblas_sgemm(void) {}' >nothing.c
${CC:-cc} -shared -fPIC nothing.c -o nothing.so
test_library "$work/nothing.so"
expect "an sgemm_ that does nothing passes" says 'SGEMM +FAILED ON CALL NUMBER' fortran.out
expect "an sgemm_ that checks nothing passes" says 'SGEMM +FAILED THE TESTS OF ERROR-EXITS' fortran.out
expect "a cblas_sgemm that does nothing passes" says 'cblas_sgemm +FAILED ON CALL NUMBER' c.out
expect "a cblas_sgemm that checks nothing passes" says 'cblas_sgemm +FAILED THE TESTS OF ERROR-EXITS' c.out

echo "reference_testers: $passed passed, $failed failed"
[ "$failed" = 0 ]
