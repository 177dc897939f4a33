#!/bin/sh
# Prints the path of the browser that tests run in: $CHROMIUM, or a Chromium or Chrome on PATH.
#
#   scripts/chromium.sh [--install]
#
# With --install, where there is none and this is root on a Debian, its package is installed. Exits with 3 where there
# is no browser.
set -eu

find_browser() {
  if [ -n "${CHROMIUM:-}" ]; then
    command -v "$CHROMIUM"
    return
  fi
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$name" && return
  done
  return 1
}

if find_browser; then
  exit
fi
if [ "${1:-}" = --install ] && [ -z "${CHROMIUM:-}" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "Installing Chromium ..." >&2
  {
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends chromium
  } >&2
  if find_browser; then
    exit
  fi
fi
if [ -n "${CHROMIUM:-}" ]; then
  echo "CHROMIUM is \"$CHROMIUM\", which is no command. Set it to the path of a Chromium, or leave it out." >&2
else
  echo "No Chromium was found on PATH. Install it (Debian: chromium), or set CHROMIUM to its path." >&2
fi
exit 3
