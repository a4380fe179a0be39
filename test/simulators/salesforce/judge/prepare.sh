#!/usr/bin/env bash
# Installs the judge's library where this repository keeps such things, unless it is there already, and prints the path
# of the Python that has it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
requirements="$here/requirements.txt"
cache="$here/../../../../node_modules/.cache/joinery-judge"
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
home="$cache/$(cksum <"$requirements" | tr ' ' '-')"

if [[ ! -x "$home/bin/python" ]]; then
  making=$(mktemp -d "$cache/making.XXXXXX")
  trap 'rm -rf "$making"' EXIT
  if python3 -m venv "$making/home" >&2 2>&1; then
    "$making/home/bin/python" -m pip install --quiet --disable-pip-version-check -r "$requirements" >&2
  else
    # A Python that cannot make environments with pip in them: its own pip puts the library beside it.
    rm -rf "$making/home"
    mkdir -p "$making/home/bin"
    python3 -m pip install --quiet --disable-pip-version-check --target "$making/home/lib" -r "$requirements" >&2
    cat >"$making/home/bin/python" <<'SH'
#!/usr/bin/env bash
PYTHONPATH="$(cd "$(dirname "$0")/.." && pwd)/lib" exec python3 "$@"
SH
    chmod +x "$making/home/bin/python"
  fi
  # Whoever is first wins; the other's is thrown away.
  [[ -e "$home" ]] || mv "$making/home" "$home"
fi
echo "$home/bin/python"
