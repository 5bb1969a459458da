# States of services (host 1.3). init_kind and service_states are called by main.

# upstart, sysv or systemd: whose the process 1 is.
init_kind() {
    first=
    [ -r /proc/1/comm ] && read -r first </proc/1/comm
    if [ "$first" = systemd ]; then
        echo systemd
        return
    fi
    case $(initctl version 2>/dev/null) in
        *upstart*)
            echo upstart
            return
            ;;
    esac
    if [ -d /run/systemd/system ]; then
        echo systemd
    else
        echo sysv
    fi
}

# service_states KIND NAME...: a section for each service that there is, and who owns their files.
service_states() {
    kind=$1
    shift
    owned=
    if [ "$kind" = systemd ]; then
        systemd_states "$@"
        return 0
    fi
    for name in "$@"; do
        if [ "$kind" = upstart ] && [ -e "/etc/init/$name.conf" ]; then
            upstart_state "$name"
            owned="$owned /etc/init/$name.conf"
        elif [ -f "/etc/init.d/$name" ] && ! is_upstart_link "$name"; then
            sysv_state "$name"
            owned="$owned /etc/init.d/$name"
        fi
    done
    if [ -n "$owned" ] && command -v dpkg-query >/dev/null 2>&1; then
        # The words of $owned and $packages are names without blanks.
        owners=$(dpkg-query -S $owned 2>/dev/null)
        packages=$(printf '%s\n' "$owners" | sed -n 's/^\([a-z0-9][a-z0-9.+-]*\)[:,].*/\1/p' | sort -u)
        section owners
        printf '%s\n' "$owners"
        section owner-states
        [ -n "$packages" ] && dpkg-query -W -f '${Package} ${Status}\n' $packages 2>/dev/null
    fi
    return 0
}

is_upstart_link() {
    case $(readlink "/etc/init.d/$1" 2>/dev/null) in
        */upstart-job) return 0 ;;
        *) return 1 ;;
    esac
}

systemd_states() {
    section units "$@"
    units=
    for name in "$@"; do
        units="$units $name.service"
    done
    systemctl show -p Id -p Names -p LoadState -p ActiveState -p SubState -p MainPID -p UnitFileState \
        -p Result -p SourcePath $units 2>&1
    for name in "$@"; do
        # Of a SysV script systemd has no unit file; it asks chkconfig then.
        if [ -f "/etc/init.d/$name" ]; then
            systemctl is-enabled "$name.service" >/dev/null 2>&1
            section enabled "$name" "$?"
        fi
    done
}

upstart_state() {
    section service upstart "$1"
    initctl status "$1" 2>&1
    section conditions "$1"
    for file in "/etc/init/$1.conf" "/etc/init/$1.override"; do
        [ -r "$file" ] && grep -E '^[[:space:]]*(start[[:space:]]+on|manual)([[:space:]]|$)' "$file"
    done
}

sysv_state() {
    section service sysv "$1"
    service "$1" status 2>&1
    code=$?
    section status "$1" "$code"
    section links "$1"
    for link in /etc/rc[2345].d/[SK][0-9][0-9]"$1"; do
        [ -h "$link" ] && echo "$link"
    done
}
