#!/usr/bin/env bash
# unpack.sh IMAGE.tar FOLDER: the layers of an image archive, one over the other, as a container engine lays them.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tar -xf "$1" -C "$work"
mkdir -p "$2"
python3 - "$work" <<'PYTHON' | while read -r layer; do tar --warning=no-unknown-keyword -xf "$work/$layer" -C "$2"; done
import json, os, sys
work = sys.argv[1]
def read(path):
    with open(os.path.join(work, path)) as file:
        return json.load(file)
def blob(descriptor):
    return "blobs/" + descriptor["digest"].replace(":", "/")
if os.path.exists(os.path.join(work, "index.json")):
    manifest = read(blob(read("index.json")["manifests"][0]))
    print(*map(blob, manifest["layers"]), sep="\n")
else:
    print(*read("manifest.json")[0]["Layers"], sep="\n")
PYTHON
