# What the scripts share. Sourced by them, from the root of the repository.

say() { printf '\n== %s\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

install_packages() {
    say "installing $*"
    local root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail "Install $* (Debian: apt-get install $*), or run this as root or where there is sudo."
        root=(sudo)
    fi
    "${root[@]}" apt-get update -qq &&
        "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" ||
        fail "$* could not be installed by apt-get: install it, and run this again."
}

# Node with the packages of a folder's package-lock.json, fetched again only when that has changed.
install_node_packages() {
    local folder=$1
    command -v node >/dev/null || install_packages nodejs
    command -v npm >/dev/null || install_packages npm
    if [ "$folder/package-lock.json" -nt "$folder/node_modules/.package-lock.json" ]; then
        say "npm ci"
        npm --prefix "$folder" ci --no-progress --loglevel=error
    fi
}

# What browsers get that open /graphql: built where it is missing or older than what it is made from.
build_playground() {
    local page=web/dist/playground/index.html
    local made_from=(web/src web/index.html web/vite.config.js web/package-lock.json)
    if [ ! -e "$page" ] || [ -n "$(find "${made_from[@]}" -newer "$page" -print -quit)" ]; then
        install_node_packages web
        say "building the playground"
        npm --prefix web --silent run build
    fi
}
