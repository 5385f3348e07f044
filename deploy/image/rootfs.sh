#!/usr/bin/env bash
# rootfs.sh FOLDER: completes the container's file system around the Java runtime that jlink has put into FOLDER/opt/java:
# the shared libraries of this machine that it and the jars' native libraries need, and three files. No shell, no package manager.
set -euo pipefail
readonly ROOT=$1
mkdir -p "$ROOT"/{etc,lib/x86_64-linux-gnu,lib64,models,proc,tmp,var/cache/millrace}

# They need X11, and a node has no window.
rm -f "$ROOT"/opt/java/lib/lib{awt_xawt,splashscreen,jawt,jsound,fontmanager,freetype}.so

# Where Debian's loader looks. Beside glibc's own: the C++ and unwinding libraries of ONNX Runtime and of the tokenizer.
for name in libc.so.6 libm.so.6 librt.so.1 libdl.so.2 libpthread.so.0 libresolv.so.2 libstdc++.so.6 libgcc_s.so.1; do
    path=$(/sbin/ldconfig -p | awk -v name="$name" '$1 == name && /x86-64/ && !seen++ { print $NF }')
    cp -L "$path" "$ROOT/lib/x86_64-linux-gnu/"
done
cp -L /lib64/ld-linux-x86-64.so.2 "$ROOT/lib64/"

missing=$(find "$ROOT/opt/java" -name '*.so' -exec ldd {} + | awk '$2 == "=>" { print $1 }' | sort -u |
    while read -r name; do [[ -n $(find "$ROOT/opt/java/lib" "$ROOT/lib" "$ROOT/lib64" -name "$name") ]] || echo "$name"; done)
[[ -z $missing ]] || { echo "rootfs.sh: the runtime also needs" $missing >&2; exit 1; }

echo 'millrace:x:65532:65532:millrace:/var/cache/millrace:/sbin/nologin' >"$ROOT/etc/passwd"
echo 'millrace:x:65532:' >"$ROOT/etc/group"
echo 'hosts: files dns' >"$ROOT/etc/nsswitch.conf"
