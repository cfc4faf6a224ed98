#!/bin/sh
# Lint the page's scripts with biome, by npx. Without npm, or a registry, say so and go on: nobody
# needs node to run the service or to work on its Python.
set -eu
biome=@biomejs/biome@2.6.8

command -v npx >/dev/null || { echo "JavaScript is not linted: there is no npm here." >&2; exit 0; }
npx --yes "$biome" --version >/dev/null 2>&1 || {
    echo "JavaScript is not linted: npm cannot fetch $biome." >&2
    exit 0
}
exec npx --yes "$biome" lint --error-on-warnings
