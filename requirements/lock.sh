#!/usr/bin/env bash
# Holds requirements/ to pyproject.toml.
#   requirements/lock.sh renew [uv options, e.g. --upgrade]    write the locks anew, keeping their versions unless told
#   requirements/lock.sh check                                 compile them beside the present ones and compare
set -euo pipefail
cd "$(dirname "$0")/.."

# pip and uv name the same index differently; who has set a mirror for one means both. No address reaches a lock.
if [[ -n "${PIP_INDEX_URL:-}" ]]; then export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$PIP_INDEX_URL}"; fi

compile() { # folder, name, uv options: tries each way to the index, and shows the complaints only if all fail
    local folder=$1 name=$2 way complaints=""
    shift 2
    for way in "${ways[@]}"; do
        # uv keeps the versions that it finds in its output file.
        complaints+=$(.venv/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
            --no-header --no-annotate --no-emit-index-url --quiet ${way:+"$way"} "$@" -o "$folder/$name.txt" 2>&1 >/dev/null) &&
            return
        complaints+=$'\n'
    done
    echo "$complaints" >&2
    echo "requirements/$name.txt could not be compiled." >&2
    return 1
}

compile_all() { # folder, uv options; dev comes first, since the other two are held to its versions
    local folder=$1
    shift
    compile "$folder" dev --all-extras --group dev "$@"
    compile "$folder" run --constraint "$folder/dev.txt"
    compile "$folder" postgres --constraint "$folder/dev.txt" --extra postgres
}

case "${1:-}" in
renew)
    ways=("" --system-certs)
    compile_all requirements "${@:2}"
    ;;
check)
    # The cache first: a machine that has locked once can check without a connection.
    ways=(--offline "" --system-certs)
    fresh=$(mktemp -d)
    trap 'rm -rf "$fresh"' EXIT
    cp requirements/*.txt "$fresh"
    compile_all "$fresh"
    for name in dev run postgres; do
        diff -u "requirements/$name.txt" "$fresh/$name.txt" || {
            echo "requirements/$name.txt is behind pyproject.toml: run make lock and commit what it writes." >&2
            exit 1
        }
    done
    echo "The lock is in step with pyproject.toml."
    ;;
*)
    sed -n '2,4s/^# //p' "$0" >&2
    exit 64
    ;;
esac
