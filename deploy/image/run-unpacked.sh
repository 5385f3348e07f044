#!/usr/bin/env bash
# run-unpacked.sh FOLDER IMAGE.tar ARGUMENT...: runs the image's entrypoint with these arguments as its own user, in the unpacked
# file system alone. For machines without a container engine; needs root, for chroot.
set -euo pipefail
root=$1 image=$2
shift 2
config() {
    python3 - "$image" <<'PYTHON'
import json, shlex, sys, tarfile
with tarfile.open(sys.argv[1]) as tar:
    def read(path): return json.load(tar.extractfile(path))
    def blob(descriptor): return "blobs/" + descriptor["digest"].replace(":", "/")
    config = read(blob(read(blob(read("index.json")["manifests"][0]))["config"]))["config"]
print(f"user={shlex.quote(config['User'])}")
print(f"environment=({shlex.join(config['Env'])})")
print(f"entrypoint=({shlex.join(config['Entrypoint'])})")
PYTHON
}
eval "$(config)"
# In a mount namespace, that goes away with the process: a file system of its own, as Java asks for it, and /proc, by which the
# loader finds the runtime's libraries.
exec unshare --mount bash -c 'mount --bind "$0" "$0" && mount -t proc proc "$0/proc" && exec env -i "$@"' "$root" \
    "${environment[@]}" "$(command -v chroot)" --userspec="$user" "$root" "${entrypoint[@]}" "$@"
