#!/bin/sh
# Fill .venv with what Sunmao needs: `install.sh` for running it, `install.sh dev` for working on it.
# A stamp remembers what was installed, so that a second call does nothing.
set -eu
cd "$(dirname "$0")/.."

what=${1:-run}
python=.venv/bin/python
torch=$(sed -n 's/^torch==/torch==/p' constraints.txt)

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

fingerprint() { # the folder belongs to it: an environment that was copied elsewhere still points to its origin
    { cat pyproject.toml constraints.txt; pwd -P; } | cksum
}

find_python() {
    for candidate in "${PYTHON:-}" python3.11 python3; do
        [ -n "$candidate" ] || continue
        if "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    fail "Sunmao needs Python 3.11 as python3.11 or python3 on the PATH; found: $(python3 --version 2>&1 || true)" \
        "With another name: make install PYTHON=/path/to/python3.11"
}

make_environment() {
    found=$(find_python)
    if "$found" -m venv .venv 2>/dev/null; then
        return
    fi
    rm -rf .venv # Debian ships Python without the part that makes environments
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt_install python3.11-venv
        "$found" -m venv .venv
    else
        fail "Python cannot make virtual environments here. On Debian or Ubuntu run:" \
            "  sudo apt-get install python3.11-venv"
    fi
}

apt_install() {
    echo "Installing with apt: $*"
    export DEBIAN_FRONTEND=noninteractive
    apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1 ||
        { apt-get update -qq >/dev/null && apt-get install -y -qq --no-install-recommends "$@" >/dev/null; }
}

pip_install() { # errors only: the list of packages is long and says nothing
    "$python" -m pip install -qq --disable-pip-version-check --no-input "$@"
}

install_packages() { # $1: extras, $2: stamp
    if [ -x "$python" ] && [ "$(cat "$2" 2>/dev/null || true)" = "$(fingerprint)" ]; then
        return
    fi
    [ -x "$python" ] || make_environment
    echo "Installing Sunmao with [$1] into .venv (minutes the first time)"
    # PyTorch first and alone: a resolver that meets it together with other packages may pick a larger build.
    "$python" -c 'import torch' 2>/dev/null || pip_install "$torch"
    pip_install -c constraints.txt -e ".[$1]"
    fingerprint >"$2"
}

missing_tools() {
    command -v chromium >/dev/null || command -v chromium-browser >/dev/null || echo chromium
    command -v msgfmt >/dev/null || echo gettext
    if command -v dpkg-query >/dev/null; then
        dpkg-query -W -f='${Status}' fonts-noto-cjk 2>/dev/null | grep -q 'ok installed' || echo fonts-noto-cjk
    fi
}

install_tools() {
    missing=$(missing_tools | tr '\n' ' ')
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        # shellcheck disable=SC2086 - a list of names
        apt_install $missing
    else
        echo "Not installed: ${missing}- tests that need them are skipped. On Debian or Ubuntu:"
        echo "  sudo apt-get install $missing"
    fi
}

case $what in
run) install_packages "embedded,worker,ocr" .venv/.installed ;;
dev)
    install_packages "embedded,worker,ocr,dev" .venv/.installed-dev
    fingerprint >.venv/.installed
    install_tools
    ;;
*) fail "usage: scripts/install.sh [run|dev]" ;;
esac
