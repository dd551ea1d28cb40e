#!/usr/bin/env bash
# Every kernel on AVX-512 must give the bits that it gives here, also where no processor here has AVX-512: test_determinism
# in a small Linux on an emulated processor (Bochs). Ten minutes; each further test named takes some hundred times what
# it takes here.
#
#     tests/emulated_avx512.sh ../build/avx512 HASHES [test_optimizer ...]
#
# The first folder holds static builds of the tests under tests/; HASHES has the lines `test_determinism hashes` prints
# here. Wants Debian's bochs, bochs-term, bochsbios, vgabios, busybox-static, cpio, grub-pc-bin, grub-common, xorriso, mtools
# (`scripts/setup avx512`), and fetches a kernel package by apt-get.
set -euo pipefail
build=$(realpath "$1") hashes=$(realpath "$2")
shift 2
work=$build/machine
rm -rf "$work/root" # with the tests of another time
mkdir -p "$work/root/bin" "$work/root/proc" "$work/root/dev" "$work/root/tests" "$work/iso/boot/grub"
cd "$work"

if [ ! -e iso/boot/vmlinuz ]; then
    package=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -1)
    apt-get download -qq "$package"
    dpkg-deb -x "$package"_*.deb kernel
    cp kernel/boot/vmlinuz-* iso/boot/vmlinuz
fi

cp /bin/busybox root/bin/
for test in test_determinism "$@"; do strip -o "root/tests/$test" "$build/tests/$test"; done
cat >root/init <<END
#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t devtmpfs dev /dev
exec >/dev/ttyS0 2>&1
/bin/busybox dmesg -n 1
/bin/busybox grep -m1 -o avx512f /proc/cpuinfo
/tests/test_determinism hashes
for test in $*; do echo "\$test: \$(/tests/\$test 2>&1 | /bin/busybox tail -1)"; done
echo the end
/bin/busybox sleep 1000000
END
chmod +x root/init
(cd root && find . | cpio -o -H newc --quiet | gzip -1) >iso/boot/initrd.gz

# Bochs 2.7 says other sizes than Linux finds where states are stored without gaps (XSAVEC), and has timers that Linux
# waits for in vain: so without these.
cat >iso/boot/grub/grub.cfg <<'END'
set timeout=0
terminal_output serial
menuentry tests {
    linux /boot/vmlinuz console=ttyS0,115200 rdinit=/init lpj=1000000 mitigations=off random.trust_cpu=on nopku noxsaves clearcpuid=321,322,323 acpi=off nolapic noapic nosmp nox2apic idle=poll nohz=off
    initrd /boot/initrd.gz
}
END
grub-mkrescue -o tests.iso iso 2>/dev/null

cat >bochsrc <<END
display_library: term
megs: 512
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
cpu: model=corei7_skylake_x, ips=50000000
ata0-master: type=cdrom, path=tests.iso, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev=serial.txt
panic: action=report
error: action=ignore
info: action=ignore
log: bochs.log
END
echo c >commands # Debian's Bochs is a debugger, and waits for one
rm -f serial.txt
# It wants a terminal whose output somebody reads.
python3 -c '
import os, pty
child, terminal = pty.fork()
if child == 0: os.execvp("bochs", ["bochs", "-q", "-f", "bochsrc", "-rc", "commands"])
try:
    while os.read(terminal, 65536): pass
except OSError: pass' 2>/dev/null &
emulator=$!
trap 'pkill -P $$ || true; pkill -f "bochs-bin -q .*bochsrc -rc commands" || true' EXIT

# It may die, or Linux in it.
for ((seconds = 0; seconds < 5400; seconds += 5)); do
    sleep 5
    if grep -q '^the end' serial.txt 2>/dev/null || ! kill -0 $emulator; then break; fi
done
touch serial.txt
tr -d '\r' <serial.txt | sed -n '/^avx512f/,/^the end/p' >lines
grep -q '^avx512f' lines || { echo "emulated_avx512.sh: no AVX-512 there; see $work/serial.txt" >&2; exit 1; }
grep -q '^the end' lines || { echo "emulated_avx512.sh: it died, or was not done after 90 minutes; see $work/serial.txt" >&2; exit 1; }
grep '^test_' lines || true
if grep '^test_' lines | grep -qv ' 0 failed'; then exit 1; fi
diff "$hashes" <(grep '^hash' lines)
echo "equal bits here and on AVX-512: $(wc -l <"$hashes") passed, 0 failed"
