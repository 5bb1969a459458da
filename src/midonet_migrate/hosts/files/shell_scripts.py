"""The POSIX shell that works on files of a host. Only coreutils are needed there, as Ubuntu 14.04 (8.21) and
CentOS 7 (8.22) have them. Paths are arguments; contents, which may be secret, go by standard input alone."""

from __future__ import annotations

ABSENT = "absent"
ANYTHING = "anything"
"""Instead of the digest of the content that is expected."""

NO_DIRECTORY, NO_FILE, CHANGED, NO_TOOL, NOT_WHOLE, NOT_KEPT = range(41, 47)
"""Exit statuses of ours."""

TEMPORARY_SUFFIX = ".midonet-migrate"

_PRELUDE = """\
LC_ALL=C
export LC_ALL
fail() { status=$1; shift; printf '%s\\n' "$*" >&2; exit "$status"; }
for tool in base64 chmod chown cp dd ln mkdir mv readlink rm rmdir sha256sum stat sync tr; do
  command -v $tool >/dev/null 2>&1 || fail 44 "$tool"
done
word() {
  case $1 in
    '') word=- ;;
    - | *[!A-Za-z0-9_/.+:@,-]*) word=\\=$(printf %s "$1" | base64 | tr -d '\\n') ;;
    *) word=$1 ;;
  esac
}
describe() {
  link= sum=-
  if [ -h "$1" ]; then link=$(readlink -n -- "$1"); fi
  word "$link"
  line=$word
  leads=$(readlink -n -f -- "$1")
  word "$leads"
  line="$line $word"
  lock=free
  for part in "$leads" "${leads%/*}/"; do
    if [ -e "$part" ] && [ ! -w "$part" ]; then lock=locked; fi
  done
  line="$line $lock"
  if state=$(stat -L -c '%a:%u:%g:%U:%G:%s:%h:%F' -- "$1" 2>&1); then
    case $state in
      *:'regular file' | *:'regular empty file')
        if sum=$(sha256sum <"$1" 2>/dev/null); then sum=${sum%% *}; else sum=unreadable; fi ;;
    esac
    line="$line $sum $state"
  else
    line="$line error $(printf %s "$state" | tr '\\n' ' ')"
  fi
  printf '%s\\n' "$line"
}
"""

LOOK = (
    _PRELUDE
    + """\
limit=$1
shift
for path in "$@"; do
  describe "$path"
  if [ "$limit" -ge 0 ] && [ "$sum" != - ]; then
    size=${state%:*:*}
    size=${size##*:}
    if [ "$size" -le "$limit" ]; then base64 <"$path" 2>/dev/null; fi
  fi
  printf '.\\n'
done
"""
)
"""Arguments: the largest size of which the content is given (-1: of none), then paths. Output for each:
a line (link as a word, target likewise, whether it may not be written, digest, attributes), the content in
base64, a dot. A word is '-' when empty, and '=' with base64 when it has odd characters."""

_TAKE_PLACE = """\
umask 077
path=$1 token=$2 expected=$3
target=$(readlink -v -f -- "$path") || exit 41
folder=${target%/*}
name=${target##*/}
[ -d "$folder/" ] || fail 41 "$folder"
temporary="$folder/.$name.$token.midonet-migrate"
look_again() {
  present=absent
  if [ -e "$target" ]; then
    [ -f "$target" ] || fail 42 "$target"
    present=$(sha256sum <"$target") || exit 1
    present=${present%% *}
  fi
  case $expected in anything | "$present") ;; *) fail 43 "$present" ;; esac
}
look_again
rm -f -- "$folder/.$name."*.midonet-migrate
trap 'rm -f -- "$temporary"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 141' PIPE
trap 'exit 143' TERM
"""

WRITE = (
    _PRELUDE
    + _TAKE_PLACE
    + """\
digest=$4 mode=$5 owner=$6
if [ "$present" = "$digest" ] && [ -z "$mode$owner" ]; then describe "$path"; exit 0; fi
if [ "$present" = absent ]; then
  mode=${mode:-0644}
  (set -C; : >"$temporary") || exit 1
else
  cp -a -- "$target" "$temporary" || exit 1
fi
base64 -d >"$temporary" || exit 45
written=$(sha256sum <"$temporary") || exit 1
[ "${written%% *}" = "$digest" ] || fail 45 "what arrived is not what was sent"
if [ -n "$owner" ]; then chown -- "$owner" "$temporary" || exit 1; fi
if [ -n "$mode" ]; then chmod -- "$mode" "$temporary" || exit 1; fi
keeps() { [ "$(stat -c "$1" -- "$temporary")" = "$(stat -c "$1" -- "$target")" ] || fail 46 "$target"; }
if [ "$present" != absent ]; then
  if [ -z "$owner" ]; then keeps %u:%g; fi
  if [ -z "$mode" ]; then keeps %a; fi
fi
dd if=/dev/null of="$temporary" conv=notrunc,fsync 2>/dev/null || fail 45 "cannot be synchronised"
look_again
mv -f -T -- "$temporary" "$target" || exit 1
if [ "$present" = absent ]; then restorecon -- "$target" >/dev/null 2>&1; fi
sync -- "$folder/" 2>/dev/null || sync
describe "$path"
"""
)
"""Arguments: path, token, expected digest, new digest, mode or '', owner:group or ''; input: base64.
The new file begins as a copy of the old one, so that its owner, mode, ACL, extended attributes and SELinux
context are kept; one that is made gets the context that the host's policy has for its path. Other hard links
to the old file keep the old content: written in place, a kill would leave half of it under all names."""

REMOVE = (
    _PRELUDE
    + """\
path=$1 expected=$2
[ -e "$path" ] || [ -h "$path" ] || exit 0
if [ -h "$path" ] || [ ! -f "$path" ]; then fail 42 "$path"; fi
present=$(sha256sum <"$path") || exit 1
case $expected in anything | "${present%% *}") ;; *) fail 43 "${present%% *}" ;; esac
rm -f -- "$path" || exit 1
sync -- "${path%/*}/" 2>/dev/null || sync
"""
)
"""Arguments: path, expected digest. To find nothing is no error."""

LINK = (
    _PRELUDE
    + """\
path=$1 token=$2 expected=$3 text=$4
[ -d "${path%/*}/" ] || fail 41 "${path%/*}"
if [ -h "$path" ]; then
  [ "$(readlink -n -- "$path")" = "$text" ] && exit 0
  case $expected in anything) ;; *) fail 43 link ;; esac
else
  present=absent
  if [ -e "$path" ]; then
    [ -f "$path" ] || fail 42 "$path"
    present=$(sha256sum <"$path") || exit 1
    present=${present%% *}
  fi
  case $expected in anything | "$present") ;; *) fail 43 "$present" ;; esac
fi
temporary="${path%/*}/.${path##*/}.$token.midonet-migrate"
rm -f -- "${path%/*}/.${path##*/}."*.midonet-migrate
trap 'rm -f -- "$temporary"' EXIT
ln -s -- "$text" "$temporary" || exit 1
mv -f -T -- "$temporary" "$path" || exit 1
sync -- "${path%/*}/" 2>/dev/null || sync
"""
)
"""Arguments: path, token, expected digest of what is there, the link's text."""

FIND = (
    _PRELUDE
    + """\
IFS=
for pattern in "$@"; do
  for path in $pattern; do
    if [ -e "$path" ] || [ -h "$path" ]; then word "$path"; printf '%s\\n' "$word"; fi
  done
done
"""
)
"""Arguments: patterns as a shell expands them. Output: a path for each line, as a word."""

MAKE_DIRECTORY = (
    _PRELUDE
    + """\
[ -d "$1" ] && exit 0
mkdir -m "$2" -- "$1" || exit 1
echo made
"""
)

REMOVE_DIRECTORY = (
    _PRELUDE
    + """\
[ -d "$1" ] || exit 0
rmdir -- "$1" 2>/dev/null && echo removed
exit 0
"""
)
